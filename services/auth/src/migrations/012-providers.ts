import type { StoreMigration } from "@mcp-auth-proxy/event-store";

/** Sign-in at providers: visits under way, and what providers said of a person, encrypted as the name is. */
export const providerTables: StoreMigration = {
  name: "012-providers",
  up: [
    `create table tt_upstream_visits (
      state_fingerprint text primary key, binding_fingerprint text not null, address_fingerprint text not null, sealed_visit text not null,
      created_at bigint not null, expires_at bigint not null)`,
    `create index tt_upstream_visits_by_binding on tt_upstream_visits (binding_fingerprint)`,
    `create index tt_upstream_visits_by_address on tt_upstream_visits (address_fingerprint)`,
    `create index tt_upstream_visits_by_end on tt_upstream_visits (expires_at)`,
    `alter table cx_subjects add column name_fingerprint text`,
    `alter table cx_subjects add column facts_ciphertext text`,
    `create index cx_subjects_by_name on cx_subjects (name_fingerprint)`,
    `alter table rm_activity add column about text`,
  ],
};
