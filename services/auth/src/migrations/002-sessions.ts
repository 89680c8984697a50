import type { StoreMigration } from "@mcp-auth-proxy/event-store";

/** Browser sessions. The cookie is in the browser only; the row knows its fingerprint. */
export const sessionTables: StoreMigration = {
  name: "002-sessions",
  up: [
    `create table tt_sessions (
      id_fingerprint text primary key, session_id text not null unique, subject_id text not null, browser text not null,
      started_at bigint not null, last_seen_at bigint not null, ends_at bigint not null, expires_at bigint not null)`,
    `create index tt_sessions_by_subject on tt_sessions (subject_id)`,
    `create index tt_sessions_by_end on tt_sessions (expires_at)`,
  ],
};
