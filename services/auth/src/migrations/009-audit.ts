import type { StoreMigration } from "@mcp-auth-proxy/event-store";

/** The audit trail, and where it ends, sealed: docs/adr/0018-audit-trail.md. */
export const auditTables: StoreMigration = {
  name: "009-audit",
  up: [
    `create table au_audit (
      seq integer not null primary key, at bigint not null, kind text not null, position bigint, event_id text,
      facts text not null, previous text not null, hash text not null)`,
    `create table cx_audit_head (id integer not null primary key check (id = 1), seq integer not null, hash text not null, seal text not null)`,
  ],
  appendOnly: ["au_audit"],
};
