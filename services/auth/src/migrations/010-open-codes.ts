import type { StoreMigration } from "@mcp-auth-proxy/event-store";

/** Codes that may still be redeemed. Whoever takes access away deletes theirs: a code under way would give it back. */
export const openCodeTables: StoreMigration = {
  name: "010-open-codes",
  up: [
    `create table tt_open_codes (
      authorization_id text primary key, subject_id text not null, client_id text not null, resource text not null, expires_at bigint not null)`,
    `create index tt_open_codes_by_subject on tt_open_codes (subject_id)`,
    `create index tt_open_codes_by_end on tt_open_codes (expires_at)`,
  ],
};
