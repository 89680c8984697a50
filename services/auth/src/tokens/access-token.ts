import { createPublicKey, type KeyObject } from "node:crypto";
import type { authV1 } from "@mcp-auth-proxy/contracts";
import { Secret, uuidv7 } from "@mcp-auth-proxy/crypto";
import { type JWTPayload, jwtVerify, SignJWT } from "jose";

/** What one access token says (RFC 9068). Times are epoch ms. */
export interface AccessTokenTerms {
  readonly issuer: string;
  readonly resource: string;
  readonly subjectId: string;
  readonly clientId: string;
  readonly scope: string;
  /** Our own claim, on which the denylist keys. */
  readonly grantId: string;
  readonly now: number;
  readonly ttlMs: number;
}

export interface IssuedAccessToken {
  readonly token: Secret<string>;
  readonly expiresAt: number;
  readonly expiresInSeconds: number;
}

const type = "at+jwt";
const algorithm = "ES256";

export const issueAccessToken = async (
  key: { readonly kid: string; readonly privateKey: Secret<KeyObject> },
  terms: AccessTokenTerms,
): Promise<IssuedAccessToken> => {
  const issuedAt = Math.floor(terms.now / 1000);
  const expiresInSeconds = Math.floor(terms.ttlMs / 1000);
  const token = await new SignJWT({ client_id: terms.clientId, scope: terms.scope, grant: terms.grantId })
    .setProtectedHeader({ alg: algorithm, typ: type, kid: key.kid })
    .setIssuer(terms.issuer)
    .setAudience(terms.resource)
    .setSubject(terms.subjectId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + expiresInSeconds)
    .setJti(uuidv7(terms.now))
    .sign(key.privateKey.reveal());
  return { token: Secret.of(token), expiresAt: (issuedAt + expiresInSeconds) * 1000, expiresInSeconds };
};

/** What an access token of ours says, once it is verified. Times are epoch ms. */
export interface ReadAccessToken {
  readonly grantId: string;
  readonly clientId: string;
  readonly subjectId: string;
  readonly resource: string;
  readonly scope: string;
  readonly jti: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

const claimsOf = ({ grant, client_id: clientId, sub, aud, scope, jti, iat, exp }: JWTPayload): ReadAccessToken | undefined => {
  if (typeof grant !== "string" || typeof clientId !== "string" || typeof scope !== "string" || typeof aud !== "string") return undefined;
  if (sub === undefined || jti === undefined || iat === undefined || exp === undefined) return undefined;
  return { grantId: grant, clientId, subjectId: sub, resource: aud, scope, jti, issuedAt: iat * 1000, expiresAt: exp * 1000 };
};

/** An access token of ours that has not expired; undefined for anything else. Whether its grant still stands is not in it. */
export const readAccessToken = async (
  text: string,
  expected: { readonly keys: readonly authV1.SigningJwk[]; readonly issuer: string; readonly now: number },
): Promise<ReadAccessToken | undefined> => {
  const keyNamed = (kid: string | undefined): KeyObject => {
    const jwk = expected.keys.find((key) => key.kid === kid);
    if (jwk === undefined) throw new Error("signed with no key of ours");
    return createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }, format: "jwk" });
  };
  try {
    const { payload } = await jwtVerify(text, ({ kid }) => keyNamed(kid), {
      algorithms: [algorithm],
      typ: type,
      issuer: expected.issuer,
      currentDate: new Date(expected.now),
    });
    return claimsOf(payload);
  } catch {
    // Whatever is wrong with it, it is no token of ours that still counts (RFC 7009 section 2.2 wants no more).
    return undefined;
  }
};
