import type { Messenger } from "@mcp-auth-proxy/bus";
import { authV1, type Clock } from "@mcp-auth-proxy/contracts";
import type { EventStore } from "@mcp-auth-proxy/event-store";

/** Bridges refuse everything after 30 s without one. */
export const heartbeatMs = 5_000;

/** Tells where auth's log ends: a bridge that has read less knows that it missed something. */
export const sendHeartbeat = async (messenger: Messenger, store: EventStore, clock: Clock): Promise<void> => {
  await messenger.tell(authV1.heartbeat.subject, authV1.heartbeat.body, { head: await store.head(), at: clock.now() });
};
