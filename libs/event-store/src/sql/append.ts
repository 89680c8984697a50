import { AppError, type EventMeta } from "@mcp-auth-proxy/contracts";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import type { Insertable, Kysely } from "kysely";
import { canonicalJson } from "../canonical-json.ts";
import { ConcurrencyError } from "../concurrency-error.ts";
import type { KnownEvents, StoreDefinition } from "../definition.ts";
import type { DomainEvent, StoredEvent } from "../port.ts";
import { readEventRow } from "./event-row.ts";
import { versionOfStream } from "./log-rows.ts";
import { fencedFor } from "./projection-fence.ts";
import type { LogTables } from "./tables.ts";

const maxDataBytes = 65_536;
const maxMetaBytes = 2_048;
const maxStreamIdLength = 200;

interface Log {
  readonly sql: Kysely<LogTables>;
  readonly definition: StoreDefinition;
  readonly known: KnownEvents;
  readonly logEpoch: number;
}

interface Context {
  readonly meta: EventMeta;
  readonly at: number;
}

/** An event as it will be kept; checked as a whole before anything is written. */
const toRow = (log: Log, streamId: string, version: number, event: DomainEvent, context: Context): Insertable<LogTables["es_events"]> => {
  const schema = log.known.get(event.type);
  if (schema === undefined) throw new AppError("internal", `no decider of ${log.definition.name} writes the event ${event.type}`);
  return {
    log_epoch: log.logEpoch,
    event_id: uuidv7(),
    stream_id: streamId,
    stream_version: version,
    type: event.type,
    schema,
    at: context.at,
    data: canonicalJson(event.data, `data of ${event.type}`, maxDataBytes),
    meta: canonicalJson(context.meta, `meta of ${event.type}`, maxMetaBytes),
  };
};

const project = async (log: Log, events: readonly StoredEvent[]): Promise<void> => {
  for (const event of events) {
    for (const projection of log.definition.projections) await projection.apply(event, fencedFor(projection, log.sql));
  }
};

/**
 * Appends and updates the inline read models, which see each event as it will be read again, so that a rebuild
 * gives the same rows. Rejects with ConcurrencyError when the stream is not at `expectedVersion`.
 */
export const appendEvents = async (
  log: Log,
  streamId: string,
  expectedVersion: number,
  events: readonly DomainEvent[],
  context: Context,
): Promise<readonly StoredEvent[]> => {
  if (streamId.length < 1 || streamId.length > maxStreamIdLength) throw new AppError("bad_request", `a stream id has 1 to ${maxStreamIdLength} characters`);
  if (!Number.isSafeInteger(context.at) || context.at < 0) throw new AppError("bad_request", "the time of an event is epoch milliseconds");
  const rows = events.map((event, index) => toRow(log, streamId, expectedVersion + index + 1, event, context));
  const version = await versionOfStream(log.sql, streamId);
  if (version !== expectedVersion) throw new ConcurrencyError(`${streamId} is at ${version}, not at ${expectedVersion}`);
  const stored: StoredEvent[] = [];
  for (const row of rows) {
    // "do nothing" instead of an error: a writer between the look above and here is a conflict like any other.
    const kept = await log.sql
      .insertInto("es_events")
      .values(row)
      .onConflict((conflict) => conflict.columns(["stream_id", "stream_version"]).doNothing())
      .returning("position")
      .executeTakeFirst();
    if (kept === undefined) throw new ConcurrencyError(`${streamId} has moved past ${expectedVersion}`);
    stored.push(readEventRow({ ...row, position: kept.position }, log.known));
  }
  await project(log, stored);
  return stored;
};
