import type { StoreMigration } from "@mcp-auth-proxy/event-store";

/** What the account page shows, made from the log. */
export const accountTables: StoreMigration = {
  name: "004-account",
  up: [
    `create table rm_grant_use (grant_id text primary key, last_used_at bigint not null)`,
    `create table rm_activity (event_id text primary key, subject_id text not null, at bigint not null, kind text not null, client_id text)`,
    `create index rm_activity_by_subject on rm_activity (subject_id, at)`,
  ],
};
