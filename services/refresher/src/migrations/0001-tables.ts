import type { StoreMigration } from "@mcp-auth-proxy/event-store";

/** What there is to refresh and when, whose turn it is, and the answers that the vault does not have yet. */
export const tables: StoreMigration = {
  name: "0001-tables",
  up: [
    `create table rm_due (
      credential_id text not null primary key,
      provider text not null,
      status text not null,
      due_at bigint,
      state text not null
    )`,
    "create index rm_due_by_time on rm_due (due_at, credential_id)",
    `create table rm_rotation (
      provider text not null,
      client_id text not null,
      rotates integer not null,
      primary key (provider, client_id)
    )`,
    `create table cx_credentials (
      credential_id text not null primary key,
      subject_id text not null,
      resource text not null,
      provider text not null,
      generation bigint not null,
      refreshable integer not null,
      stored_at bigint not null,
      expires_at bigint,
      broken integer not null
    )`,
    `create table cx_answers (
      attempt_id text not null primary key,
      credential_id text not null,
      provider text not null,
      client_id text not null,
      generation bigint not null,
      sealed text not null,
      received_at bigint not null,
      tries integer not null,
      next_at bigint not null
    )`,
    "create index cx_answers_by_time on cx_answers (next_at)",
    `create table tt_claims (
      credential_id text not null primary key,
      epoch bigint not null,
      held_until bigint not null,
      sending_attempt text
    )`,
    `create table tt_feed_places (
      feed text not null primary key,
      log_epoch bigint not null,
      position bigint not null
    )`,
  ],
};
