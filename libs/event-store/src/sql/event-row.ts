import { AppError, EventMeta } from "@mcp-auth-proxy/contracts";
import type { Selectable } from "kysely";
import { Value } from "typebox/value";
import type { KnownEvents } from "../definition.ts";
import type { StoredEvent } from "../port.ts";
import type { LogTables } from "./tables.ts";

export type EventRow = Selectable<LogTables["es_events" | "es_archive"]>;

const damaged = (row: EventRow, column: string): AppError => new AppError("refused", `${row.stream_id}@${row.stream_version} has damaged ${column}`);

const readData = (row: EventRow): object => {
  const data: unknown = JSON.parse(row.data);
  if (typeof data !== "object" || data === null || Array.isArray(data)) throw damaged(row, "data");
  return data;
};

const readMeta = (row: EventRow): EventMeta => {
  const meta: unknown = JSON.parse(row.meta);
  if (!Value.Check(EventMeta, meta)) throw damaged(row, "meta");
  return meta;
};

/**
 * A row as an event. A type or schema that this version does not know is refused: half a stream is a wrong
 * state, and a wrong state can mean a revoked grant that still works.
 */
export const readEventRow = (row: EventRow, known: KnownEvents): StoredEvent => {
  const schema = Number(row.schema);
  const knownSchema = known.get(row.type);
  if (knownSchema !== schema) {
    const knows = knownSchema === undefined ? "does not know this event" : `knows schema ${knownSchema}`;
    throw new AppError("refused", `${row.stream_id}@${row.stream_version} is ${row.type} schema ${schema}, and this version ${knows}`);
  }
  return {
    position: Number(row.position),
    logEpoch: Number(row.log_epoch),
    id: row.event_id,
    streamId: row.stream_id,
    streamVersion: Number(row.stream_version),
    type: row.type,
    schema,
    at: Number(row.at),
    data: readData(row),
    meta: readMeta(row),
  };
};
