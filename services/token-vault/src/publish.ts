import type { Messenger } from "@mcp-auth-proxy/bus";
import { vaultV1, type AnyEventEnvelope } from "@mcp-auth-proxy/contracts";
import type { StoredEvent } from "@mcp-auth-proxy/event-store";
import { credentialDecider } from "./domain/credential.ts";
import { isEventOf } from "./read-models/event-of.ts";

/** What others may know of a private event. */
export interface PublicEvent {
  readonly envelope: AnyEventEnvelope;
  /** Tells those who listen now at once, and those who follow durably. */
  announce(messenger: Messenger): Promise<void>;
}

const frameOf = ({ id, streamId, streamVersion, at, meta }: StoredEvent) => ({ id, streamId, streamVersion, at, meta });

/** The one place where private events become public ones. Undefined: nobody else's business. */
export const publicEventOf = (event: StoredEvent): PublicEvent | undefined => {
  if (!isEventOf(credentialDecider, event)) return undefined;
  const frame = frameOf(event);
  switch (event.type) {
    case "CredentialStored": {
      const { type, schema } = vaultV1.credentialStored;
      const envelope = { ...frame, type, schema, data: event.data };
      return { envelope, announce: (messenger) => messenger.announce(vaultV1.credentialStored, envelope) };
    }
    case "CredentialReplaced": {
      const { type, schema } = vaultV1.credentialReplaced;
      const { rotated: _, ...facts } = event.data;
      const envelope = { ...frame, type, schema, data: facts };
      return { envelope, announce: (messenger) => messenger.announce(vaultV1.credentialReplaced, envelope) };
    }
    case "CredentialBroken": {
      const { type, schema } = vaultV1.credentialBroken;
      const { brokenAt: _, ...data } = event.data;
      const envelope = { ...frame, type, schema, data };
      return { envelope, announce: (messenger) => messenger.announce(vaultV1.credentialBroken, envelope) };
    }
    case "CredentialShredded": {
      const { type, schema } = vaultV1.credentialShredded;
      const { shreddedAt: _, ...data } = event.data;
      const envelope = { ...frame, type, schema, data };
      return { envelope, announce: (messenger) => messenger.announce(vaultV1.credentialShredded, envelope) };
    }
    default:
      return event satisfies never;
  }
};

/** Announces a batch of the log, in order. A repeat after a crash is harmless: the event's id is the message's id. */
export const announceAll = async (messenger: Messenger, events: readonly StoredEvent[]): Promise<void> => {
  for (const event of events) await publicEventOf(event)?.announce(messenger);
};
