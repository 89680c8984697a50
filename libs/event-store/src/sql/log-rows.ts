import type { Kysely } from "kysely";
import type { EventRow } from "./event-row.ts";
import type { LogTables } from "./tables.ts";

// The log is two tables. The living one is read first: a row that is moved meanwhile is then seen twice and never missed.
const parts = ["es_events", "es_archive"] as const;

const once = (rows: readonly EventRow[]): readonly EventRow[] => [...new Map(rows.map((row) => [Number(row.position), row])).values()];

/** Rows after a position, in the order of the log. */
export const rowsAfter = async (sql: Kysely<LogTables>, position: number, limit: number): Promise<readonly EventRow[]> => {
  const found: EventRow[] = [];
  for (const part of parts) {
    found.push(...(await sql.selectFrom(part).selectAll().where("position", ">", position).orderBy("position").limit(limit).execute()));
  }
  return once(found)
    .toSorted((one, other) => Number(one.position) - Number(other.position))
    .slice(0, limit);
};

/** Rows of a stream from a version on, oldest first. */
export const rowsOfStream = async (sql: Kysely<LogTables>, streamId: string, fromVersion: number): Promise<readonly EventRow[]> => {
  const found: EventRow[] = [];
  for (const part of parts) {
    found.push(...(await sql.selectFrom(part).selectAll().where("stream_id", "=", streamId).where("stream_version", ">=", fromVersion).execute()));
  }
  return once(found).toSorted((one, other) => Number(one.stream_version) - Number(other.stream_version));
};

/** 0 when there is no such stream. */
export const versionOfStream = async (sql: Kysely<LogTables>, streamId: string): Promise<number> => {
  let version = 0;
  for (const part of parts) {
    const row = await sql
      .selectFrom(part)
      .select((eb) => eb.fn.max("stream_version").as("version"))
      .where("stream_id", "=", streamId)
      .executeTakeFirst();
    version = Math.max(version, Number(row?.version ?? 0));
  }
  return version;
};

/** 0 for an empty log. */
export const lastPosition = async (sql: Kysely<LogTables>): Promise<number> => {
  let position = 0;
  for (const part of parts) {
    const row = await sql
      .selectFrom(part)
      .select((eb) => eb.fn.max("position").as("position"))
      .executeTakeFirst();
    position = Math.max(position, Number(row?.position ?? 0));
  }
  return position;
};
