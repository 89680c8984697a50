import type { Secret } from "@mcp-auth-proxy/crypto";
import type { EventStore, Sql, StoredEvent } from "@mcp-auth-proxy/event-store";
import { type AuditHead, beginning, hashOf, isSealed, sealHead } from "./chain.ts";
import { type AuditEntry, eventEntry, isAudited } from "./event-entry.ts";
import type { AuditSql } from "./tables.ts";

/** The audit trail: what it holds was committed with what it is about, or is not there. */
export interface AuditTrail {
  /** Inside the transaction that appended them. */
  recordEvents(events: readonly StoredEvent[], sql: Sql): Promise<void>;
  /** A fact that is no event, inside a transaction. */
  recordIn(sql: Sql, entry: AuditEntry): Promise<void>;
  /** A fact that is no event, in a transaction of its own. */
  record(entry: AuditEntry): Promise<void>;
  /** Starts an empty trail, and answers where it ends. */
  open(now: number): Promise<AuditHead>;
}

const readHead = async (sql: AuditSql) => sql.selectFrom("cx_audit_head").select(["seq", "hash", "seal"]).where("id", "=", 1).executeTakeFirst();

const lastSeq = async (sql: AuditSql): Promise<number> => {
  const row = await sql.selectFrom("au_audit").select("seq").orderBy("seq", "desc").executeTakeFirst();
  return row?.seq ?? 0;
};

/**
 * What the next row follows. A head that is gone or was changed does not stop the service, and is never mended: the next
 * row then follows nothing, and every later verification names that place.
 */
const placeToGoOn = async (sql: AuditSql, key: Secret<Buffer>): Promise<AuditHead> => {
  const head = await readHead(sql);
  if (head !== undefined && isSealed(key, head)) return head;
  const seq = Math.max(await lastSeq(sql), head?.seq ?? 0);
  return { seq, hash: seq === 0 ? beginning.hash : "broken" };
};

const append = async (sql: AuditSql, key: Secret<Buffer>, entries: readonly AuditEntry[]): Promise<AuditHead> => {
  let head = await placeToGoOn(sql, key);
  for (const { kind, at, facts, event } of entries) {
    const row = { seq: head.seq + 1, at, kind, position: event?.position ?? null, event_id: event?.id ?? null, facts: JSON.stringify(facts), previous: head.hash };
    const hash = hashOf(key, row);
    await sql.insertInto("au_audit").values({ ...row, hash }).execute();
    head = { seq: row.seq, hash };
  }
  const sealed = { seq: head.seq, hash: head.hash, seal: sealHead(key, head) };
  await sql
    .insertInto("cx_audit_head")
    .values({ id: 1, ...sealed })
    .onConflict((conflict) => conflict.column("id").doUpdateSet(sealed))
    .execute();
  return head;
};

export const createAuditTrail = ({ store, key }: { readonly store: EventStore; readonly key: Secret<Buffer> }): AuditTrail => ({
  recordEvents: async (events, sql) => {
    const entries = events.filter(isAudited).map(eventEntry);
    if (entries.length > 0) await append(sql, key, entries);
  },
  recordIn: async (sql, entry) => {
    await append(sql, key, [entry]);
  },
  record: async (entry) => {
    await store.transact(({ sql }) => append(sql, key, [entry]));
  },
  open: async (now) => {
    const { position } = await store.head();
    return store.transact(async (transaction) => {
      const sql: AuditSql = transaction.sql;
      const head = await readHead(sql);
      if (head !== undefined || (await lastSeq(sql)) > 0) return head ?? beginning;
      // A log from before the trail has events that no row is about: the first row says where they end.
      return append(sql, key, [{ kind: "audit-started", at: now, facts: { after: position } }]);
    });
  },
});
