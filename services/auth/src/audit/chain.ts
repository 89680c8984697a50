import { constantTimeEqual, fingerprint, type Secret } from "@mcp-auth-proxy/crypto";
import type { AuditRow } from "./tables.ts";

/** Where a chain of rows ends: the place and the hash of its last row. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** What the first row follows. */
export const beginning: AuditHead = { seq: 0, hash: "" };

/**
 * A row's hash covers its place, its content and the hash before it. Keyed: whoever can write to the database and does
 * not hold the key can not make the rows after a change fit again.
 */
export const hashOf = (key: Secret<Buffer>, row: Omit<AuditRow, "hash">): string =>
  fingerprint(key, "audit-row v1", JSON.stringify([row.seq, row.at, row.kind, row.position, row.event_id, row.facts, row.previous]));

/** Closes the head, so that nobody without the key can move it back to an earlier row. */
export const sealHead = (key: Secret<Buffer>, { seq, hash }: AuditHead): string => fingerprint(key, "audit-head v1", JSON.stringify([seq, hash]));

export const isSealed = (key: Secret<Buffer>, head: AuditHead & { readonly seal: string }): boolean => constantTimeEqual(sealHead(key, head), head.seal);
