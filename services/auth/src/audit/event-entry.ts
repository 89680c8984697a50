import { sha256 } from "@mcp-auth-proxy/crypto";
import type { StoredEvent } from "@mcp-auth-proxy/event-store";

/** A fact for the audit trail. Ids and constants only, never a name, an address or a secret. */
export interface AuditEntry {
  readonly kind: string;
  readonly at: number;
  readonly facts: Readonly<Record<string, string | number>>;
  readonly event?: { readonly id: string; readonly position: number };
}

/** Events of every hour, whose beginning and end are audited. Everything else is: a new event is, until somebody decides otherwise. */
const quiet: ReadonlySet<string> = new Set(["RefreshTokenRotated", "AuthorizationCodeIssued"]);

export const isAudited = (event: StoredEvent): boolean => !quiet.has(event.type);

/** Facts of an event that say who and what; the digest holds the others to what they were. */
const told = ["grantId", "subjectId", "clientId", "authorizationId", "kid", "reason"] as const;

/** The event as the log holds it; a change of any of it is a change of this. */
export const eventDigest = ({ id, streamId, streamVersion, type, schema, at, data, meta }: StoredEvent): string =>
  sha256(JSON.stringify([id, streamId, streamVersion, type, schema, at, data, meta]));

export const eventEntry = (event: StoredEvent): AuditEntry => {
  const data: Readonly<Record<string, unknown>> = { ...event.data };
  const named = told.flatMap((name) => (typeof data[name] === "string" ? [[name, data[name]] as const] : []));
  const { streamId, meta } = event;
  return {
    kind: event.type,
    at: event.at,
    facts: { stream: streamId, actor: meta.actor, correlationId: meta.correlationId, ...Object.fromEntries(named), digest: eventDigest(event) },
    event: { id: event.id, position: event.position },
  };
};
