import { randomBytes, Secret, uuidv7, type Keyring } from "@mcp-auth-proxy/crypto";
import { keyringBarrier, openWithKeys, type OpeningKeys } from "./barrier.ts";
import type { DataKeyOwner, Place } from "./place.ts";
import type { CustodySql, DataKeyRow } from "./tables.ts";

const dataKeyBytes = 32;

/** A data key's own place: its row's id is inside the wrapped text, so that swapping two rows opens neither. */
export const dataKeyPlace = (keyId: string): Place => ({ purpose: "data-key", name: keyId, generation: 1 });

/** A data key that is in no table yet. */
export interface NewDataKey {
  readonly keyId: string;
  readonly dataKey: Secret<Buffer>;
  /** It, wrapped, as its table will hold it. */
  readonly row: DataKeyRow;
}

export const makeDataKey = (keyring: Keyring, { purpose, name, generation }: DataKeyOwner, at: number): NewDataKey => {
  const keyId = uuidv7(at);
  const dataKey = Secret.of(randomBytes(dataKeyBytes));
  const wrapped = keyringBarrier(keyring).close(dataKeyPlace(keyId), dataKey, at);
  return { keyId, dataKey, row: { key_id: keyId, purpose, name, generation, wrapped, term: keyring.activeTerm, created_at: at } };
};

/** Runs in the caller's transaction. */
export const insertDataKey = async (sql: CustodySql, row: DataKeyRow): Promise<void> => {
  await sql.insertInto("cx_data_keys").values(row).execute();
};

/** Forgets every data key of an owner, of all generations, but one. What they closed can not be opened again. */
export const deleteDataKeys = async (sql: CustodySql, { purpose, name }: Omit<DataKeyOwner, "generation">, exceptKeyId?: string): Promise<void> => {
  const all = sql.deleteFrom("cx_data_keys").where("purpose", "=", purpose).where("name", "=", name);
  await (exceptKeyId === undefined ? all : all.where("key_id", "<>", exceptKeyId)).execute();
};

/** Undefined when there is no such key; throws AppError `undecryptable` when the keyring does not open it. */
export const findDataKey = async (sql: CustodySql, keys: OpeningKeys, keyId: string): Promise<Secret<Buffer> | undefined> => {
  const row = await sql.selectFrom("cx_data_keys").select("wrapped").where("key_id", "=", keyId).executeTakeFirst();
  return row === undefined ? undefined : openWithKeys(keys, dataKeyPlace(keyId), row.wrapped);
};
