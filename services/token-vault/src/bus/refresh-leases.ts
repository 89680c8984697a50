import type { Messenger, Subscription } from "@mcp-auth-proxy/bus";
import { AppError, vaultV1, type Clock } from "@mcp-auth-proxy/contracts";
import { ConcurrencyError, type EventStore } from "@mcp-auth-proxy/event-store";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { earlierAttempts, noteAttempt } from "../claims/refresh-leases.ts";
import type { TokenVaultConfig } from "../config.ts";
import type { LivingCallers } from "../custody/living-caller.ts";
import { sealSecret } from "../custody/secrets.ts";
import type { TokenSets } from "../custody/token-set.ts";
import { decideRefreshLease, type LeasedCredential, type RefreshLeaseRequest } from "../domain/lease.ts";
import { findCredential } from "../read-models/credentials.ts";
import { openCurrent } from "./open-current.ts";

export interface RefreshLeasesDeps {
  readonly messenger: Messenger;
  readonly store: EventStore;
  readonly config: TokenVaultConfig;
  readonly tokenSets: TokenSets;
  readonly callers: LivingCallers;
  readonly clock: Clock;
  readonly log: Log;
}

/** Lends a refresh token to one attempt of the refresher: because it is due, or because its living owner asked. */
export const serveRefreshLeases = (deps: RefreshLeasesDeps): Subscription => {
  const { messenger, tokenSets, callers, log } = deps;
  return messenger.serve(vaultV1.leaseRefreshToken, async ({ credentialId, generation, attemptId, cause, replyKey }) => {
    const ground = cause.kind === "due" ? cause : { kind: cause.kind, caller: await callers.identify(cause.sealedCallerToken) };
    const find = () => noteLendable(deps, credentialId, { generation, attemptId, ground });
    const { credential, opened } = await openCurrent({ find, open: ({ facts }) => tokenSets.openRefresh(facts), log });
    log.info({ credentialId, generation, attemptId, cause: cause.kind }, "a refresh token was lent");
    return { facts: credential.facts, sealed: await sealSecret(replyKey, opened) };
  });
};

/** The decision and its trace, in one transaction: attempts that come at once are counted one after the other. */
const noteLendable = async ({ store, config, clock }: RefreshLeasesDeps, credentialId: string, request: RefreshLeaseRequest): Promise<LeasedCredential> => {
  try {
    return await store.transact(async ({ sql }) => {
      const now = clock.now();
      const credential = await findCredential(sql, credentialId);
      const earlier = await earlierAttempts(sql, credentialId, now);
      const decided = decideRefreshLease(credential, request, earlier, { thresholdMs: config.refreshThresholdMs, now });
      if (!decided.ok) throw new AppError(decided.error, "there is no refresh token to lend");
      await noteAttempt(sql, { credentialId, attemptId: request.attemptId, generation: request.generation }, now);
      return decided.value;
    });
  } catch (cause) {
    // `conflict` is a word about generations: who hears it never asks for this one again.
    throw cause instanceof ConcurrencyError ? new AppError("unavailable", "the transaction was taken back", cause) : cause;
  }
};
