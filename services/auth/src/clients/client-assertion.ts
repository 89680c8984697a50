import type { Secret } from "@mcp-auth-proxy/crypto";
import type { ClientJwk, ClientKeySource } from "../domain/client.ts";
import type { AuthParts } from "../parts.ts";
import { useAssertion } from "../pending/used-assertions.ts";
import { readAssertionClaim, verifyAssertion } from "../tokens/signed-assertion.ts";
import type { KnownClient } from "./known-client.ts";

/** Libraries make assertions for a minute to five; ten leave room. Each id is remembered for as long. */
const maxLifetimeMs = 600_000;

/** The client that an assertion speaks for, by its own account. */
export const claimedClient = (assertion: Secret<string>): string | undefined => readAssertionClaim(assertion.reveal())?.subject;

export interface ClientAssertion {
  readonly client: KnownClient;
  readonly assertion: Secret<string>;
  /** The client's keys, by what it is registered with. */
  readonly source: ClientKeySource;
  /** Whose request it is (what `addressBlock` says). */
  readonly address: string;
}

const keysOf = async ({ configuredKeySets, strangerKeySets }: AuthParts, { client, source, address }: ClientAssertion, keyId: string | undefined): Promise<readonly ClientJwk[]> =>
  client.configured === undefined ? strangerKeySets.keysOf(source, keyId, address) : configuredKeySets.keysOf(source, keyId);

/**
 * `private_key_jwt` (RFC 7523 section 3): issued by the client about itself, for this server, and used once. Undefined when
 * it proves the client; else why not, for the log.
 */
export const clientAssertionProblem = async (parts: AuthParts, asked: ClientAssertion): Promise<string | undefined> => {
  const { config, keys, store, clock } = parts;
  const { clientId } = asked.client;
  const text = asked.assertion.reveal();
  const claim = readAssertionClaim(text);
  if (claim === undefined) return "not a JWT";
  const now = clock.now();
  const verified = await verifyAssertion(text, {
    keys: await keysOf(parts, asked, claim.keyId),
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
