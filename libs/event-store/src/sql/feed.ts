import { AppError } from "@mcp-auth-proxy/contracts";
import type { Kysely } from "kysely";
import type { KnownEvents } from "../definition.ts";
import type { FeedPage, FeedPosition } from "../port.ts";
import { readEventRow } from "./event-row.ts";
import { lastPosition, rowsAfter } from "./log-rows.ts";
import type { LogTables } from "./tables.ts";

const maxLimit = 1_000;

export const readHead = async (sql: Kysely<LogTables>, logEpoch: number): Promise<FeedPosition> => ({ logEpoch, position: await lastPosition(sql) });

const readAfter = async (sql: Kysely<LogTables>, known: KnownEvents, position: number, limit: number) =>
  (await rowsAfter(sql, position, limit)).map((row) => readEventRow(row, known));

/**
 * Position order is commit order here, because transactions run one after the other. A reader from another epoch,
 * or ahead of the log (events were lost, and their positions will be given again), starts anew from 0: consumers
 * know what they have seen by event id, but nobody would ever tell them what was skipped.
 */
export const readPage = async (
  sql: Kysely<LogTables>,
  known: KnownEvents,
  logEpoch: number,
  after: FeedPosition,
  limit: number,
): Promise<FeedPage> => {
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) throw new AppError("bad_request", `a page of the feed has 1 to ${maxLimit} events`);
  const from = after.logEpoch === logEpoch ? after.position : 0;
  const found = await readAfter(sql, known, from, limit + 1);
  const events = found.slice(0, limit);
  const last = events.at(-1);
  if (last !== undefined) return { events, next: { logEpoch, position: last.position }, end: found.length <= limit };
  const head = await readHead(sql, logEpoch);
  if (from > head.position) return readPage(sql, known, logEpoch, { logEpoch, position: 0 }, limit);
  return { events, next: { logEpoch, position: from }, end: true };
};
