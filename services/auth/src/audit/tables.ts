import type { Sql } from "@mcp-auth-proxy/event-store";

export interface AuditRow {
  /** 1 for the first row, without a gap. */
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  /** Of the event in the log; null for a fact that is no event. */
  readonly position: number | null;
  readonly event_id: string | null;
  /** JSON, ids and constants only. */
  readonly facts: string;
  readonly previous: string;
  readonly hash: string;
}

interface AuditHeadRow {
  readonly id: 1;
  readonly seq: number;
  readonly hash: string;
  readonly seal: string;
}

export type AuditSql = Sql<{ readonly au_audit: AuditRow; readonly cx_audit_head: AuditHeadRow }>;
