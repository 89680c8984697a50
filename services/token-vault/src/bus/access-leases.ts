import type { Messenger, Subscription } from "@mcp-auth-proxy/bus";
import type { Caller } from "@mcp-auth-proxy/access-token";
import { AppError, vaultV1, type Clock } from "@mcp-auth-proxy/contracts";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { LivingCallers } from "../custody/living-caller.ts";
import { sealSecret } from "../custody/secrets.ts";
import type { TokenSets } from "../custody/token-set.ts";
import { decideAccessLease, type LeasedCredential } from "../domain/lease.ts";
import { findCredentialFor } from "../read-models/credentials.ts";
import { openCurrent } from "./open-current.ts";

export interface AccessLeasesDeps {
  readonly messenger: Messenger;
  readonly store: EventStore;
  readonly tokenSets: TokenSets;
  readonly callers: LivingCallers;
  readonly clock: Clock;
  readonly log: Log;
}

/** Lends the access token of the person whose own token comes with the question, for the server that it is good for. */
export const serveAccessLeases = ({ messenger, store, tokenSets, callers, clock, log }: AccessLeasesDeps): Subscription =>
  messenger.serve(vaultV1.leaseAccessToken, async ({ sealedCallerToken, resource, provider, replyKey }) => {
    const caller = await callers.identify(sealedCallerToken);
    if (caller.resource !== resource) throw new AppError("refused", "the caller's token is for another server");

    const find = async (): Promise<LeasedCredential> => {
      const found = await findCredentialFor(store.sql, { subjectId: caller.subject, resource, provider });
      return lendable(found, caller, clock.now()).credential;
    };
    const { credential, opened } = await openCurrent({ find, open: ({ facts }) => tokenSets.openAccess(facts), log });
    const sealed = await sealSecret(replyKey, opened);
    // Asked anew: time went by.
    const { leaseUntil } = lendable(credential, caller, clock.now());
    return { facts: credential.facts, leaseUntil, sealed };
  });

const lendable = (found: LeasedCredential | undefined, caller: Caller, now: number): { readonly credential: LeasedCredential; readonly leaseUntil: number } => {
  const decided = decideAccessLease(found, caller, now);
  if (!decided.ok) throw new AppError(decided.error, "there is no access token to lend");
  return decided.value;
};
