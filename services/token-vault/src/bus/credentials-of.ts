import type { Messenger, Subscription } from "@mcp-auth-proxy/bus";
import { vaultV1, type Clock } from "@mcp-auth-proxy/contracts";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import type { TokenSets } from "../custody/token-set.ts";
import { statusOf } from "../domain/lease.ts";
import { credentialsOfSubject } from "../read-models/credentials.ts";

const mostShown = 500;

export interface CredentialsOfDeps {
  readonly messenger: Messenger;
  readonly store: EventStore;
  readonly tokenSets: TokenSets;
  readonly clock: Clock;
}

/**
 * What is kept for a person, and whether they have to do something about it. What was lost, or was closed with a key that
 * is gone, counts as broken: nobody but its owner can mend it, and calls say so already.
 */
export const serveCredentialsOf = ({ messenger, store, tokenSets, clock }: CredentialsOfDeps): Subscription =>
  messenger.serve(vaultV1.credentialsOf, async ({ subjectId }) => {
    const kept = await credentialsOfSubject(store.sql, subjectId, mostShown);
    const opens = await Promise.all(kept.map(({ facts }) => tokenSets.mayOpen(facts)));
    const now = clock.now();
    return { credentials: kept.map((credential, index) => ({ ...credential, status: opens[index] === true ? statusOf(credential, now) : "broken" })) };
  });
