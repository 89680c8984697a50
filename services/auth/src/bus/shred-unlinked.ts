import type { Messenger } from "@mcp-auth-proxy/bus";
import { vaultV1 } from "@mcp-auth-proxy/contracts";
import { credentialIdOf } from "@mcp-auth-proxy/crypto";
import type { CommandHandler, StoredEvent } from "@mcp-auth-proxy/event-store";
import { isLinked } from "../accounts/connections.ts";
import { subjectDecider } from "../domain/subject.ts";
import { isEventOf } from "../read-models/event-of.ts";

/**
 * Has the vault forget what was kept for connections that have ended. It reads the log, so that a vault that is away, or a
 * restart of ours, only delays it; the event's id is the command's, so that a repetition is harmless.
 */
export const shredUnlinked = async (messenger: Messenger, handle: CommandHandler, events: readonly StoredEvent[]): Promise<void> => {
  for (const event of events) {
    if (!isEventOf(subjectDecider, event) || event.type !== "ConnectionUnlinked") continue;
    const { subjectId, provider, resource } = event.data;
    // Connected again meanwhile: what is kept now is the new connection's.
    if (await isLinked(handle, event.data)) continue;
    await messenger.ask(vaultV1.shredCredential, { commandId: event.id, credentialId: credentialIdOf({ subjectId, provider, resource }), actor: event.meta.actor });
  }
};
