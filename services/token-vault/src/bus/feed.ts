import type { Messenger, Subscription } from "@mcp-auth-proxy/bus";
import { vaultV1 } from "@mcp-auth-proxy/contracts";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import { publicEventOf } from "../publish.ts";

/** How a consumer catches up, and where it starts when it needs nothing from before. */
export const serveFeed = (messenger: Messenger, store: EventStore): readonly Subscription[] => [
  messenger.serve(vaultV1.readFeed, async ({ after, limit }) => {
    const page = await store.readFeed(after, limit);
    return { events: page.events.flatMap((event) => publicEventOf(event)?.envelope ?? []), next: page.next, end: page.end };
  }),
  messenger.serve(vaultV1.feedHead, async () => ({ at: await store.head() })),
];
