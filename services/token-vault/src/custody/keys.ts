import { randomBytes, Secret, uuidv7, type Keyring } from "@mcp-auth-proxy/crypto";
import { keyringBarrier } from "./barrier.ts";
import type { Place } from "./place.ts";
import type { CustodySql } from "./tables.ts";

const dataKeyBytes = 32;

/** A data key's own place: its row's id is inside the wrapped text, so that swapping two rows opens neither. */
export const dataKeyPlace = (keyId: string): Place => ({ purpose: "data-key", name: keyId, generation: 1 });

/** Makes the data key of one secret and stores it wrapped. Runs in the caller's transaction. */
export const createDataKey = async (
  sql: CustodySql,
  keyring: Keyring,
  owner: Place,
  at: number,
): Promise<{ readonly keyId: string; readonly dataKey: Secret<Buffer> }> => {
  const keyId = uuidv7(at);
  const dataKey = Secret.of(randomBytes(dataKeyBytes));
  const wrapped = keyringBarrier(keyring).close(dataKeyPlace(keyId), dataKey, at);
  const { purpose, name, generation } = owner;
  await sql
    .insertInto("cx_data_keys")
    .values({ key_id: keyId, purpose, name, generation, wrapped, term: keyring.activeTerm, created_at: at })
    .execute();
  return { keyId, dataKey };
};

/** Undefined when there is no such key; throws AppError `undecryptable` when the keyring does not open it. */
export const findDataKey = async (sql: CustodySql, keyring: Keyring, keyId: string): Promise<Secret<Buffer> | undefined> => {
  const row = await sql.selectFrom("cx_data_keys").select("wrapped").where("key_id", "=", keyId).executeTakeFirst();
  return row === undefined ? undefined : keyringBarrier(keyring).open(dataKeyPlace(keyId), row.wrapped);
};
