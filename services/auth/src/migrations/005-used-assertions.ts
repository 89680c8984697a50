import type { StoreMigration } from "@mcp-auth-proxy/event-store";

/** Signed assertions that were used: each counts once, until it would have expired anyway. */
export const usedAssertions: StoreMigration = {
  name: "005-used-assertions",
  up: [
    `create table tt_used_assertions (id_fingerprint text primary key, expires_at bigint not null)`,
    `create index tt_used_assertions_by_end on tt_used_assertions (expires_at)`,
  ],
};
