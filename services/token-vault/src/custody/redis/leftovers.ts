import type { EventStore } from "@mcp-auth-proxy/event-store";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { findCredential } from "../../read-models/credentials.ts";
import type { CustodySql } from "../tables.ts";
import type { RedisConnection } from "./connection.ts";
import { entriesIn, fieldOf } from "./entry.ts";
import { commitScript, dropScript } from "./scripts.ts";

/** Longer than any write takes from its first step to its last: what is younger may be under way. */
const graceMs = 600_000;
const keysAtOnce = 200;

interface Sweep {
  readonly connection: RedisConnection;
  readonly keyOf: (credentialId: string) => string;
  readonly store: EventStore;
  readonly log: Log;
  readonly now: number;
}

/**
 * Goes through every credential that Redis holds: what the vault's store does not know goes, what it knows gets the expiry
 * that a write which was cut off did not set.
 */
export const sweepLeftovers = async (sweep: Sweep): Promise<void> => {
  const start = sweep.keyOf("");
  const pattern = `${start.replaceAll(/[\\*?[\]]/g, (letter) => `\\${letter}`)}*`;
  let dropped = 0;
  for (let cursor = "0"; ; ) {
    const from = cursor;
    const [next, keys] = await sweep.connection.ask((redis) => redis.scan(from, "MATCH", pattern, "COUNT", keysAtOnce));
    for (const key of keys) dropped += await sweepOne(sweep, key, key.slice(start.length));
    if (next === "0") break;
    cursor = next;
  }
  if (dropped > 0) sweep.log.info({ dropped }, "ciphertexts that count no more were taken out of Redis");
};

const sweepOne = async ({ connection, store, now }: Sweep, key: string, credentialId: string): Promise<number> => {
  const entries = entriesIn(await connection.ask((redis) => redis.hgetall(key)));
  const current = await currentField(store, credentialId);
  const stale = entries.filter(({ field, storedAt }) => field !== current?.field && storedAt < now - graceMs).map(({ field }) => field);
  if (stale.length > 0) await connection.ask((redis) => redis.eval(dropScript, 1, key, ...stale));
  if (current !== undefined) await connection.ask((redis) => redis.eval(commitScript, 1, key, current.generation, current.field, lifetime(current.worthlessAt, now)));
  return stale.length;
};

const lifetime = (worthlessAt: number | undefined, now: number): number => (worthlessAt === undefined ? 0 : Math.max(1, worthlessAt - now));

/** The field that the vault's store says counts. */
const currentField = async (store: EventStore, credentialId: string): Promise<{ readonly field: string; readonly generation: number; readonly worthlessAt?: number } | undefined> => {
  const credential = await findCredential(store.sql, credentialId);
  if (credential === undefined) return undefined;
  const { generation, refreshable, expiresAt } = credential.facts;
  const sql: CustodySql = store.sql;
  const row = await sql
    .selectFrom("cx_data_keys")
    .select("key_id")
    .where("purpose", "=", "credential")
    .where("name", "=", credentialId)
    .where("generation", "=", generation)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { field: fieldOf({ generation, keyId: row.key_id }), generation, ...(refreshable || expiresAt === undefined ? {} : { worthlessAt: expiresAt }) };
};
