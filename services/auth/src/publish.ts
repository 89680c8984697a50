import type { Messenger } from "@mcp-auth-proxy/bus";
import { authV1, type AnyEventEnvelope } from "@mcp-auth-proxy/contracts";
import type { StoredEvent } from "@mcp-auth-proxy/event-store";
import { grantDecider } from "./domain/grant.ts";
import { signingKeyDecider } from "./domain/signing-key.ts";
import { denyEntryOf } from "./read-models/denied.ts";
import { isEventOf } from "./read-models/event-of.ts";

/** What others may know of a private event. */
export interface PublicEvent {
  readonly envelope: AnyEventEnvelope;
  /** Tells those who listen now at once, and those who follow durably. */
  announce(messenger: Messenger): Promise<void>;
}

const frameOf = ({ id, streamId, streamVersion, at, meta }: StoredEvent) => ({ id, streamId, streamVersion, at, meta });

const ofGrant = (event: StoredEvent): PublicEvent | undefined => {
  if (!isEventOf(grantDecider, event)) return undefined;
  if (event.type === "GrantIssued") {
    const { grantId, subjectId, clientId, resource, scope } = event.data;
    const { type, schema } = authV1.grantIssued;
    const envelope = { ...frameOf(event), type, schema, data: { grantId, subjectId, clientId, resource, scope } };
    return { envelope, announce: (messenger) => messenger.announce(authV1.grantIssued, envelope) };
  }
  if (event.type === "GrantRevoked") {
    const { grantId, subjectId, clientId, reason } = event.data;
    const { type, schema } = authV1.grantRevoked;
    const envelope = { ...frameOf(event), type, schema, data: { grantId, subjectId, clientId, reason, deny: denyEntryOf(event.data) } };
    return { envelope, announce: (messenger) => messenger.announce(authV1.grantRevoked, envelope) };
  }
  return undefined;
};

const ofSigningKey = (event: StoredEvent): PublicEvent | undefined => {
  if (!isEventOf(signingKeyDecider, event) || event.type !== "SigningKeyActivated") return undefined;
  const { type, schema } = authV1.signingKeyActivated;
  const envelope = { ...frameOf(event), type, schema, data: { kid: event.data.kid } };
  return { envelope, announce: (messenger) => messenger.announce(authV1.signingKeyActivated, envelope) };
};

/** The one place where private events become public ones. Undefined: nobody else's business. */
export const publicEventOf = (event: StoredEvent): PublicEvent | undefined => ofGrant(event) ?? ofSigningKey(event);

/** Announces a batch of the log, in order. A repeat after a crash is harmless: the event's id is the message's id. */
export const announceAll = async (messenger: Messenger, events: readonly StoredEvent[]): Promise<void> => {
  for (const event of events) await publicEventOf(event)?.announce(messenger);
};
