import type { Secret } from "@mcp-auth-proxy/crypto";
import type { ClientKeySource } from "../domain/client.ts";
import type { AuthParts } from "../parts.ts";
import { useAssertion } from "../pending/used-assertions.ts";
import { readAssertionClaim, verifyAssertion } from "../tokens/signed-assertion.ts";

/** Libraries make assertions for a minute to five; ten leave room. Each id is remembered for as long. */
const maxLifetimeMs = 600_000;

/** The client that an assertion speaks for, by its own account. */
export const claimedClient = (assertion: Secret<string>): string | undefined => readAssertionClaim(assertion.reveal())?.subject;

/**
 * `private_key_jwt` (RFC 7523 section 3): issued by the client about itself, for this server, and used once. Undefined when
 * it proves the client; else why not, for the log.
 */
export const clientAssertionProblem = async (parts: AuthParts, clientId: string, assertion: Secret<string>, source: ClientKeySource): Promise<string | undefined> => {
  const { config, keys, keySets, store, clock } = parts;
  const text = assertion.reveal();
  const claim = readAssertionClaim(text);
  if (claim === undefined) return "not a JWT";
  const now = clock.now();
  const verified = await verifyAssertion(text, {
    keys: await keySets.keysOf(source, claim.keyId),
    issuer: clientId,
    audiences: [config.issuer, `${config.issuer}/token`],
    maxLifetimeMs,
    now,
  });
  if (!verified.ok) return verified.error;
  const { subject, jti, forgetAt } = verified.value;
  if (subject !== clientId) return "sub is not the client";
  const first = await store.transact(({ sql }) => useAssertion(sql, keys, { purpose: "client-assertion", issuer: clientId, jti, expiresAt: forgetAt, now }));
  return first ? undefined : "used before";
};
