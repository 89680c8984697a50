import { sha256 } from "@mcp-auth-proxy/crypto";
import type { Kysely } from "kysely";
import { canonicalJson } from "../canonical-json.ts";
import type { Snapshot } from "../port.ts";
import type { LogTables } from "./tables.ts";

/** A state beyond it is rather read from its events again than written with every hundredth of them. */
const maxStateBytes = 262_144;

const checksumOf = (streamId: string, { version, eventId, decider }: Omit<Snapshot, "state">, state: string): string =>
  sha256(JSON.stringify([streamId, version, eventId, decider, state]));

/** Undefined when there is none, or when what is there is not what was written. */
export const readSnapshot = async (sql: Kysely<LogTables>, streamId: string): Promise<Snapshot | undefined> => {
  const row = await sql.selectFrom("es_snapshots").selectAll().where("stream_id", "=", streamId).executeTakeFirst();
  if (row === undefined) return undefined;
  const place = { version: Number(row.stream_version), eventId: row.event_id, decider: row.decider };
  if (checksumOf(streamId, place, row.state) !== row.checksum) return undefined;
  const state: unknown = JSON.parse(row.state);
  return { ...place, state };
};

export const writeSnapshot = async (sql: Kysely<LogTables>, streamId: string, snapshot: Snapshot): Promise<void> => {
  const { version, eventId, decider } = snapshot;
  const state = canonicalJson(snapshot.state, `state of ${streamId}`, Number.POSITIVE_INFINITY);
  if (Buffer.byteLength(state) > maxStateBytes) return;
  const row = { stream_version: version, event_id: eventId, decider, state, checksum: checksumOf(streamId, snapshot, state) };
  await sql
    .insertInto("es_snapshots")
    .values({ stream_id: streamId, ...row })
    .onConflict((conflict) => conflict.column("stream_id").doUpdateSet(row))
    .execute();
};
