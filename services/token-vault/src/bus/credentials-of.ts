import type { Messenger, Subscription } from "@mcp-auth-proxy/bus";
import { vaultV1, type Clock } from "@mcp-auth-proxy/contracts";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import { statusOf } from "../domain/lease.ts";
import { credentialsOfSubject } from "../read-models/credentials.ts";

const mostShown = 500;

/** What is kept for a person, and whether they have to do something about it. */
export const serveCredentialsOf = ({ messenger, store, clock }: { readonly messenger: Messenger; readonly store: EventStore; readonly clock: Clock }): Subscription =>
  messenger.serve(vaultV1.credentialsOf, async ({ subjectId }) => {
    const now = clock.now();
    const kept = await credentialsOfSubject(store.sql, subjectId, mostShown);
    return { credentials: kept.map((credential) => ({ ...credential, status: statusOf(credential, now) })) };
  });
