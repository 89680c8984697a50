import type { StoreMigration } from "@mcp-auth-proxy/event-store";

export const credentialsMigration: StoreMigration = {
  name: "0002-credentials",
  up: [
    "create index cx_data_keys_owner on cx_data_keys (purpose, name)",
    `create table cx_ciphertexts (
      credential_id text primary key,
      generation bigint not null,
      access_text text not null,
      refresh_text text,
      stored_at bigint not null
    )`,
    `create table rm_credentials (
      credential_id text primary key,
      subject_id text not null,
      resource text not null,
      provider text not null,
      generation bigint not null,
      scope text not null,
      refreshable bigint not null,
      stored_at bigint not null,
      connected_at bigint not null,
      expires_at bigint,
      broken_because text
    )`,
    "create index rm_credentials_owner on rm_credentials (subject_id, resource)",
    `create table tt_refresh_leases (
      credential_id text not null,
      attempt_id text not null,
      generation bigint not null,
      leased_at bigint not null,
      expires_at bigint not null,
      primary key (credential_id, attempt_id)
    )`,
    "create index tt_refresh_leases_expires_at on tt_refresh_leases (expires_at)",
  ],
};
