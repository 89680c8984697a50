import type { Kysely } from "kysely";
import type { LogTables } from "./tables.ts";

/** Events moved in one transaction: everything else waits meanwhile. */
const batchSize = 200;

const columns = ["position", "log_epoch", "event_id", "stream_id", "stream_version", "type", "schema", "at", "data", "meta"] as const;

/** Moves the oldest events of a stream whose last one is not younger than `quietSince`; `end` says that nothing is left to move. */
export const moveToArchive = async (sql: Kysely<LogTables>, streamId: string, quietSince: number): Promise<{ readonly moved: number; readonly end: boolean }> => {
  const living = sql.selectFrom("es_events").where("stream_id", "=", streamId);
  const youngest = await living.select("at").orderBy("stream_version", "desc").executeTakeFirst();
  if (youngest === undefined || Number(youngest.at) > quietSince) return { moved: 0, end: true };
  const rows = await living.select("position").orderBy("stream_version").limit(batchSize).execute();
  const positions = rows.map(({ position }) => Number(position));
  await sql
    .insertInto("es_archive")
    .columns(columns)
    .expression(sql.selectFrom("es_events").select(columns).where("position", "in", positions))
    .execute();
  await sql.deleteFrom("es_events").where("position", "in", positions).execute();
  return { moved: rows.length, end: rows.length < batchSize };
};
