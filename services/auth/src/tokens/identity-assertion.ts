import type { KeyObject } from "node:crypto";
import { Secret, uuidv7 } from "@mcp-auth-proxy/crypto";
import { SignJWT } from "jose";

/** Who is calling, for the MCP server behind a resource. Times are epoch ms. */
export interface IdentityTerms {
  readonly issuer: string;
  readonly resource: string;
  readonly subjectId: string;
  readonly clientId: string;
  readonly email?: string;
  readonly preferredUsername?: string;
  readonly now: number;
}

/** Short: a server keeps none, and a person who is gone is gone soon. */
const lifeSeconds = 300;

/**
 * Signed with the key of the access tokens, which the JWKS publishes, and no access token: `typ` is another, and no
 * endpoint of ours takes it (RFC 8725 section 3.11).
 */
export const issueIdentityAssertion = async (
  key: { readonly kid: string; readonly privateKey: Secret<KeyObject> },
  terms: IdentityTerms,
): Promise<{ readonly assertion: Secret<string>; readonly expiresAt: number }> => {
  const issuedAt = Math.floor(terms.now / 1000);
  const facts = {
    client_id: terms.clientId,
    ...(terms.email === undefined ? {} : { email: terms.email, email_verified: true }),
    ...(terms.preferredUsername === undefined ? {} : { preferred_username: terms.preferredUsername }),
  };
  const assertion = await new SignJWT(facts)
    .setProtectedHeader({ alg: "ES256", typ: "mcp-identity+jwt", kid: key.kid })
    .setIssuer(terms.issuer)
    .setAudience(terms.resource)
    .setSubject(terms.subjectId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifeSeconds)
    .setJti(uuidv7(terms.now))
    .sign(key.privateKey.reveal());
  return { assertion: Secret.of(assertion), expiresAt: (issuedAt + lifeSeconds) * 1000 };
};
