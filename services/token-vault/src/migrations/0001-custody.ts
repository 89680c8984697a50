import type { StoreMigration } from "@mcp-auth-proxy/event-store";

export const custodyMigration: StoreMigration = {
  name: "0001-custody",
  up: [
    `create table cx_data_keys (
      key_id text primary key,
      purpose text not null,
      name text not null,
      generation bigint not null,
      wrapped text not null,
      term text not null,
      created_at bigint not null
    )`,
    "create index cx_data_keys_term on cx_data_keys (term, key_id)",
    `create table cx_sealing_keys (
      key_id text primary key,
      wrapped text not null,
      term text not null,
      created_at bigint not null
    )`,
  ],
};
