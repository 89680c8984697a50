import type { Messenger, Subscription } from "@mcp-auth-proxy/bus";
import { authV1 } from "@mcp-auth-proxy/contracts";
import type { AuthParts } from "../parts.ts";
import { publicEventOf } from "../publish.ts";
import { deniedNow } from "../read-models/denied.ts";

/** What bridges ask: the keys, what is denied, and what happened since. */
export const serveFeed = (messenger: Messenger, { store, clock, signingKeys }: AuthParts): readonly Subscription[] => [
  messenger.serve(authV1.jwks, async () => ({ keys: await signingKeys.published() })),

  messenger.serve(authV1.denylist, async ({ after }) => {
    // The place first, the entries after it: a revocation in between is then told twice, and never missed.
    const at = await store.head();
    return { ...(await deniedNow(store.sql, { after, now: clock.now(), limit: authV1.denylistPageSize })), at };
  }),

  messenger.serve(authV1.readFeed, async ({ after, limit }) => {
    const page = await store.readFeed(after, limit);
    return { events: page.events.flatMap((event) => publicEventOf(event)?.envelope ?? []), next: page.next, end: page.end };
  }),
];
