import { AppError, type EventMeta } from "@mcp-auth-proxy/contracts";
import type { Selectable } from "kysely";
import type { KnownEvents } from "../definition.ts";
import type { StoredEvent } from "../port.ts";
import type { LogTables } from "./tables.ts";

export type EventRow = Selectable<LogTables["es_events"]>;

/**
 * A row as an event. A type or schema that this version does not know is refused: half a stream is a wrong
 * state, and a wrong state can mean a revoked grant that still works. Drivers that answer 64-bit integers as
 * text are met here (positions and times stay far below 2^53).
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
    data: JSON.parse(row.data) as object,
    meta: JSON.parse(row.meta) as EventMeta,
  };
};
