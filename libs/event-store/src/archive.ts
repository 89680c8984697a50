import type { Kysely } from "kysely";
import type { AnyDecider } from "./definition.ts";
import type { EventStore, Transaction } from "./port.ts";
import { moveToArchive } from "./sql/archive.ts";
import type { LogTables } from "./sql/tables.ts";
import { createUnit } from "./unit.ts";

const pageSize = 200;

export interface ArchiveOptions {
  readonly store: EventStore;
  readonly deciders: readonly AnyDecider[];
  readonly now: number;
  /** How long the last event of a stream must be past. */
  readonly quietForMs: number;
  /** Looked at between two batches. */
  readonly signal?: AbortSignal;
}

/** Who reads for nobody: its unit only loads. */
const reader = { correlationId: "archive", actor: "archive" };

const deciderOf = (deciders: readonly AnyDecider[], streamId: string): { readonly decider: AnyDecider; readonly id: string } | undefined => {
  const decider = deciders.find((each) => each.ended !== undefined && streamId.startsWith(each.streamId("")));
  return decider === undefined ? undefined : { decider, id: streamId.slice(decider.streamId("").length) };
};

const hasEnded = async (transaction: Transaction, streamId: string, { deciders, now }: ArchiveOptions): Promise<boolean> => {
  const found = deciderOf(deciders, streamId);
  if (found === undefined) return false;
  const { state } = await createUnit(transaction, reader, now).load(found.decider, found.id);
  return found.decider.ended?.(state, now) === true;
};

/** Batch by batch, each in a transaction of its own: wherever it stops, every event is in one of the two tables. */
const archiveStream = async (streamId: string, options: ArchiveOptions): Promise<number> => {
  const quietSince = options.now - options.quietForMs;
  for (let moved = 0; ; ) {
    const batch = await options.store.transact(async (transaction) => {
      if (!(await hasEnded(transaction, streamId, options))) return { moved: 0, end: true };
      return moveToArchive(transaction.sql, streamId, quietSince);
    });
    moved += batch.moved;
    if (batch.end || options.signal?.aborted === true) return moved;
  }
};

/** Goes through the log from its start to where it gets too young, and moves the streams that have ended. Answers how many events it moved. */
export const archiveEnded = async (options: ArchiveOptions): Promise<number> => {
  const { store, now, quietForMs, signal } = options;
  const sql: Kysely<LogTables> = store.sql;
  let moved = 0;
  const stopped = (): boolean => signal?.aborted === true;
  for (let after = 0; !stopped(); ) {
    const page = await sql.selectFrom("es_events").select(["position", "stream_id", "at"]).where("position", ">", after).orderBy("position").limit(pageSize).execute();
    const old = page.filter(({ at }) => Number(at) <= now - quietForMs);
    for (const streamId of new Set(old.map(({ stream_id: id }) => id))) {
      if (deciderOf(options.deciders, streamId) !== undefined) moved += await archiveStream(streamId, options);
    }
    const last = page.at(-1);
    if (last === undefined || old.length < page.length || page.length < pageSize) return moved;
    after = Number(last.position);
  }
  return moved;
};
