import type { Messenger } from "@mcp-auth-proxy/bus";
import { refresherV1 } from "@mcp-auth-proxy/contracts";
import type { StoredEvent } from "@mcp-auth-proxy/event-store";
import { isAttemptEvent } from "./projections/event-of.ts";

const tell = async (messenger: Messenger, event: StoredEvent): Promise<void> => {
  if (!isAttemptEvent(event) || (event.type !== "RefreshFailed" && event.type !== "RefreshUncertain")) return;
  const { id, streamId, streamVersion, at, meta } = event;
  const { credentialId, generation, provider, retryAt } = event.data;
  const failure: refresherV1.FailureClass = event.type === "RefreshUncertain" ? "uncertain" : event.data.failure;
  const { type, schema } = refresherV1.refreshFailed;
  const data = { credentialId, generation, provider, failure, ...(retryAt === undefined ? {} : { retryAt }) };
  await messenger.announce(refresherV1.refreshFailed, { id, streamId, streamVersion, at, meta, type, schema, data });
};

/** The one place where private events become public ones. A repeat after a crash is harmless: the event's id is the message's id. */
export const announceAll = async (messenger: Messenger, events: readonly StoredEvent[]): Promise<void> => {
  for (const event of events) await tell(messenger, event);
};
