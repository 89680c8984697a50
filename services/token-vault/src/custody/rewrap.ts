import { AppError } from "@mcp-auth-proxy/contracts";
import type { Keyring } from "@mcp-auth-proxy/crypto";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import { keyringBarrier } from "./barrier.ts";
import { dataKeyPlace } from "./keys.ts";
import type { Place } from "./place.ts";
import { sealingKeyPlace } from "./sealing-keys.ts";
import type { CustodySql, WrappedKeyTables } from "./tables.ts";

const batchRows = 100;

/** Every table of wrapped keys, with the place that its rows were closed for. */
const placeOf = {
  cx_data_keys: dataKeyPlace,
  cx_sealing_keys: sealingKeyPlace,
} as const satisfies Record<keyof WrappedKeyTables, (keyId: string) => Place>;

/** How far a rewrap came: keys that moved, and keys that nothing in the keyring opens (they stay as they are). */
export interface RewrapOutcome {
  readonly rewrapped: number;
  readonly unreadable: number;
}

/**
 * Moves every wrapped key under the keyring's active key, a batch per transaction; the ciphertexts of the secrets are
 * not touched. Stopping anywhere is safe: the next run goes on with the keys that are left.
 */
export const rewrap = async (store: Pick<EventStore, "transact">, keyring: Keyring, at: number): Promise<RewrapOutcome> => {
  const dataKeys = await rewrapTable(store, keyring, at, "cx_data_keys");
  const sealingKeys = await rewrapTable(store, keyring, at, "cx_sealing_keys");
  return {
    rewrapped: dataKeys.rewrapped + sealingKeys.rewrapped,
    unreadable: dataKeys.unreadable + sealingKeys.unreadable,
  };
};

const rewrapTable = async (
  store: Pick<EventStore, "transact">,
  keyring: Keyring,
  at: number,
  table: keyof WrappedKeyTables,
): Promise<RewrapOutcome> => {
  let rewrapped = 0;
  let unreadable = 0;
  for (let after = ""; ; ) {
    const from = after;
    const batch = await store.transact(({ sql }) => rewrapBatch(sql, keyring, at, table, from));
    rewrapped += batch.rewrapped;
    unreadable += batch.unreadable;
    if (batch.last === undefined) return { rewrapped, unreadable };
    after = batch.last;
  }
};

const rewrapBatch = async (
  sql: CustodySql,
  keyring: Keyring,
  at: number,
  table: keyof WrappedKeyTables,
  after: string,
): Promise<RewrapOutcome & { readonly last: string | undefined }> => {
  const rows = await sql
    .selectFrom(table)
    .select(["key_id", "wrapped"])
    .where("term", "<>", keyring.activeTerm)
    .where("key_id", ">", after)
    .orderBy("key_id")
    .limit(batchRows)
    .execute();
  let rewrapped = 0;
  for (const row of rows) {
    const wrapped = moveText(keyring, placeOf[table](row.key_id), row.wrapped, at);
    if (wrapped === undefined) continue;
    await sql.updateTable(table).set({ wrapped, term: keyring.activeTerm }).where("key_id", "=", row.key_id).execute();
    rewrapped += 1;
  }
  return { rewrapped, unreadable: rows.length - rewrapped, last: rows.at(-1)?.key_id };
};

const moveText = (keyring: Keyring, place: Place, wrapped: string, at: number): string | undefined => {
  const barrier = keyringBarrier(keyring);
  try {
    return barrier.close(place, barrier.open(place, wrapped), at);
  } catch (error) {
    // One key that is lost must not keep the others under a key that has to go.
    if (error instanceof AppError && error.code === "undecryptable") return undefined;
    throw error;
  }
};
