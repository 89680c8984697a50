import type { InlineProjection, StoredEvent } from "@mcp-auth-proxy/event-store";
import { authorizationDecider } from "../domain/authorization.ts";
import { grantDecider } from "../domain/grant.ts";
import { subjectDecider } from "../domain/subject.ts";
import { isEventOf } from "./event-of.ts";
import type { AuthSql } from "./tables.ts";

const activityKinds = [
  "first-sign-in",
  "signed-in",
  "signed-in-with-provider",
  "connected",
  "disconnected",
  "signed-out-everywhere",
  "access-given",
  "ended-by-person",
  "ended-by-operator",
  "ended-by-client",
  "ended-code-replayed",
  "ended-refresh-token-reused",
] as const;

/** A fact that concerns a person, as their account page tells it. */
export type ActivityKind = (typeof activityKinds)[number];

export interface Activity {
  readonly at: number;
  readonly kind: ActivityKind;
  readonly clientId: string | undefined;
  /** The provider's id of a sign-in, the resource of a connection. */
  readonly about: string | undefined;
}

/** Older ones stay in the log, and are no page's business. */
const keptPerSubject = 50;

interface Fact {
  readonly subjectId: string;
  readonly at: number;
  readonly kind: ActivityKind;
  readonly clientId?: string;
  readonly about?: string;
}

const endedBy = { person: "ended-by-person", operator: "ended-by-operator", client: "ended-by-client", "code-replayed": "ended-code-replayed", "refresh-token-reused": "ended-refresh-token-reused" } as const;

const ofGrant = (event: StoredEvent): Fact | undefined => {
  if (!isEventOf(grantDecider, event)) return undefined;
  if (event.type === "GrantIssued") return { ...event.data, at: event.data.issuedAt, kind: "access-given" };
  if (event.type === "GrantRevoked") return { ...event.data, at: event.data.revokedAt, kind: endedBy[event.data.reason] };
  return undefined;
};

const ofSubject = (event: StoredEvent): Fact | undefined => {
  if (!isEventOf(subjectDecider, event)) return undefined;
  const subjectId = event.streamId.slice(subjectDecider.streamId("").length);
  switch (event.type) {
    case "SubjectSeen":
      return { subjectId, at: event.data.seenAt, kind: "first-sign-in" };
    case "ConnectionLinked":
      return { subjectId, at: event.data.linkedAt, kind: "connected", about: event.data.resource };
    case "ConnectionUnlinked":
      return { subjectId, at: event.data.unlinkedAt, kind: "disconnected", about: event.data.resource };
    case "SubjectSignedOut":
      return { subjectId, at: event.data.signedOutAt, kind: "signed-out-everywhere" };
    default:
      return event satisfies never;
  }
};

/** With a session nobody signed in: the access that follows is what happened. */
const ofSignIn = (event: StoredEvent): Fact | undefined => {
  if (!isEventOf(authorizationDecider, event) || event.type !== "UserAuthenticated") return undefined;
  const { subjectId, authenticatedAt: at, method, provider } = event.data;
  if (method === "password") return { subjectId, at, kind: "signed-in" };
  return method === "provider" && provider !== undefined ? { subjectId, at, kind: "signed-in-with-provider", about: provider } : undefined;
};

/** `rm_activity`: the newest facts about each person. */
export const activityProjection: InlineProjection = {
  name: "activity",
  tables: ["rm_activity"],
  apply: async (event, sql: AuthSql) => {
    const fact = ofGrant(event) ?? ofSubject(event) ?? ofSignIn(event);
    if (fact === undefined) return;
    const { subjectId, at, kind, clientId, about } = fact;
    await sql.insertInto("rm_activity").values({ event_id: event.id, subject_id: subjectId, at, kind, client_id: clientId ?? null, about: about ?? null }).execute();
    const newest = sql.selectFrom("rm_activity").select("event_id").where("subject_id", "=", subjectId).orderBy("at", "desc").orderBy("event_id", "desc").limit(keptPerSubject);
    await sql.deleteFrom("rm_activity").where("subject_id", "=", subjectId).where("event_id", "not in", newest).execute();
  },
};

const isKind = (text: string): text is ActivityKind => activityKinds.some((kind) => kind === text);

/** What happened lately, the newest first. */
export const activityOf = async (sql: AuthSql, subjectId: string): Promise<readonly Activity[]> => {
  const rows = await sql.selectFrom("rm_activity").select(["at", "kind", "client_id", "about"]).where("subject_id", "=", subjectId).orderBy("at", "desc").orderBy("event_id", "desc").limit(keptPerSubject).execute();
  return rows.flatMap(({ at, kind, client_id: clientId, about }) => (isKind(kind) ? [{ at, kind, clientId: clientId ?? undefined, about: about ?? undefined }] : []));
};
