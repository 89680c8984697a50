import type { Secret } from "@mcp-auth-proxy/crypto";
import type { EventStore, FeedPosition, StoredEvent } from "@mcp-auth-proxy/event-store";
import { type AuditHead, beginning, hashOf, isSealed } from "./chain.ts";
import { eventDigest, isAudited } from "./event-entry.ts";
import type { AuditRow, AuditSql } from "./tables.ts";

/** What a verification found; no problems means that every row is there, unchanged and in its place. */
export interface AuditVerdict {
  readonly rows: number;
  /** Time of the first row. */
  readonly since?: number;
  readonly head: AuditHead;
  /** One sentence each, naming the row; the first ones where there are many. */
  readonly problems: readonly string[];
}

const pageSize = 500;
const mostProblems = 20;

async function* rowsOf(sql: AuditSql, last: number): AsyncGenerator<AuditRow> {
  for (let after = 0; ; ) {
    const page = await sql.selectFrom("au_audit").selectAll().where("seq", ">", after).where("seq", "<=", last).orderBy("seq").limit(pageSize).execute();
    yield* page;
    const end = page.at(-1);
    if (end === undefined || page.length < pageSize) return;
    after = end.seq;
  }
}

async function* auditedEvents(store: EventStore, after: FeedPosition, last: number): AsyncGenerator<StoredEvent> {
  for (let from = after; ; ) {
    const page = await store.readFeed(from, pageSize);
    for (const event of page.events) {
      if (event.position > last) return;
      if (isAudited(event)) yield event;
    }
    if (page.end) return;
    from = page.next;
  }
}

const gap = (first: number, last: number): string => (first === last ? `row ${first} is missing` : `rows ${first} to ${last} are missing`);

const factOf = (row: AuditRow, name: string): unknown => {
  try {
    const facts: unknown = JSON.parse(row.facts);
    return typeof facts === "object" && facts !== null ? Object.entries(facts).find(([key]) => key === name)?.[1] : undefined;
  } catch {
    // Altered beyond reading: its hash has said so already.
    return undefined;
  }
};

/** Problems of one row by itself, and with the one before it. */
const problemsOf = (key: Secret<Buffer>, row: AuditRow, before: AuditHead): readonly string[] => {
  if (hashOf(key, row) !== row.hash) return [`row ${row.seq} (${row.kind}) was altered or moved`];
  if (row.seq === before.seq + 1 && row.previous !== before.hash) return [`row ${row.seq} does not follow row ${before.seq}: rows were removed or put in between them`];
  return [];
};

const afterOf = (row: AuditRow): number => {
  const after = row.kind === "audit-started" ? factOf(row, "after") : undefined;
  return typeof after === "number" ? after : 0;
};

/** Holds rows to the log. Both are in the log's order, because each transaction writes both. */
const compareWithLog = (event: StoredEvent | undefined, row: AuditRow): { readonly problem?: string; readonly take: "event" | "row" | "both" } => {
  const { position, seq } = row;
  if (position === null) return { take: "row" };
  if (event === undefined || event.position > position) return { problem: `row ${seq}: the event it is about (position ${position}) is gone from the log`, take: "row" };
  if (event.position < position) return { problem: `event ${event.id} (${event.type}, position ${event.position}) has no row`, take: "event" };
  const same = event.id === row.event_id && factOf(row, "digest") === eventDigest(event);
  return same ? { take: "both" } : { problem: `row ${seq}: the event it is about (position ${position}) was altered`, take: "both" };
};

/** The end of the trail as it is sealed, with the last row and the last event of the same moment. */
const readEnd = (store: EventStore) =>
  store.transact(async (transaction) => {
    const sql: AuditSql = transaction.sql;
    const sealed = await sql.selectFrom("cx_audit_head").select(["seq", "hash", "seal"]).where("id", "=", 1).executeTakeFirst();
    const last = await sql.selectFrom("au_audit").select(["seq", "hash"]).orderBy("seq", "desc").executeTakeFirst();
    return { sealed, last: last ?? beginning };
  });

/**
 * Reads the whole trail, checks each row, its place and its event, and the end against the sealed head and, if given,
 * a head that was noted before. What it can not find: a database that was put back, all of it, to what it was before;
 * only a head that was noted elsewhere tells.
 */
export const verifyAudit = async (store: EventStore, key: Secret<Buffer>, noted?: AuditHead): Promise<AuditVerdict> => {
  // Events first: one that is appended after this look may have its row below, never the other way round.
  const logEnd = (await store.head()).position;
  const { sealed, last } = await readEnd(store);
  const problems: string[] = [];
  let before = beginning;
  let since: number | undefined;
  let rows = 0;
  let notedHash: string | undefined;
  let events: AsyncGenerator<StoredEvent> | undefined;
  let event: StoredEvent | undefined;
  const nextEvent = async (): Promise<StoredEvent | undefined> => {
    const next = await events?.next();
    return next?.done === false ? next.value : undefined;
  };
  for await (const row of rowsOf(store.sql, last.seq)) {
    if (row.seq > before.seq + 1) problems.push(gap(before.seq + 1, row.seq - 1));
    problems.push(...problemsOf(key, row, before));
    if (events === undefined) {
      events = auditedEvents(store, { logEpoch: store.logEpoch, position: afterOf(row) }, logEnd);
      event = await nextEvent();
    }
    for (let done = row.position !== null && row.position > logEnd; !done; ) {
      const { problem, take } = compareWithLog(event, row);
      if (problem !== undefined) problems.push(problem);
      if (take !== "row") event = await nextEvent();
      done = take !== "event";
    }
    if (row.seq === noted?.seq) notedHash = row.hash;
    since ??= row.at;
    before = row;
    rows += 1;
  }
  for (; event !== undefined; event = await nextEvent()) problems.push(`event ${event.id} (${event.type}, position ${event.position}) has no row`);
  if (sealed === undefined || !isSealed(key, sealed)) problems.push("the sealed head is missing or was altered: rows may be missing at the end");
  else if (sealed.seq > before.seq) problems.push(`${gap(before.seq + 1, sealed.seq)}, at the end`);
  else if (sealed.seq < before.seq || sealed.hash !== before.hash) problems.push(`the sealed head is at row ${sealed.seq} and not at the last row ${before.seq}`);
  if (noted !== undefined && notedHash !== noted.hash) problems.push(`row ${noted.seq} is not the one that was noted: the trail was replaced or put back`);
  return { rows, ...(since === undefined ? {} : { since }), head: { seq: before.seq, hash: before.hash }, problems: problems.slice(0, mostProblems) };
};
