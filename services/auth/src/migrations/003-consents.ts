import type { StoreMigration } from "@mcp-auth-proxy/event-store";

/** What each person has agreed to, so that a client that comes again is not asked about as if it were new. */
export const consentTables: StoreMigration = {
  name: "003-consents",
  up: [
    `create table cx_consents (
      subject_id text not null, client_id text not null, resource text not null, redirect_uri_fingerprint text not null,
      facts_hash text not null, scope text not null, consented_at bigint not null, expires_at bigint not null,
      primary key (subject_id, client_id, resource, redirect_uri_fingerprint))`,
    `create index cx_consents_by_end on cx_consents (expires_at)`,
  ],
};
