import { AppError, type Sealed, type SealingKey } from "@mcp-auth-proxy/contracts";
import { sealTo, undecryptable, type Keyring, type Secret } from "@mcp-auth-proxy/crypto";
import { dataKeyBarrier, type OpeningKeys } from "./barrier.ts";
import { findDataKey, insertDataKey, makeDataKey, type NewDataKey } from "./keys.ts";
import type { Place } from "./place.ts";
import type { CustodySql } from "./tables.ts";

const prefix = "v1";
/** Far above any key or pepper, and its ciphertext still fits the contract's 64 KiB. */
const maxSecretBytes = 16_384;

/** `v1.<data key id>.<Fernet token>`: a secret closed with a data key, for one place. */
export const closeWith = ({ keyId, dataKey }: Pick<NewDataKey, "keyId" | "dataKey">, place: Place, secret: Secret<Buffer>, at: number): string =>
  `${prefix}.${keyId}.${dataKeyBarrier(dataKey).close(place, secret, at)}`;

/**
 * Closes one secret of auth's under a data key of its own. Each call makes a new data key, so
 * that an asker who lost an answer may ask again and no earlier text stops opening. Runs in the caller's transaction.
 * Throws AppError `bad_request` for a secret that is empty or too large.
 */
export const wrapSecret = async (
  sql: CustodySql,
  keyring: Keyring,
  place: Place,
  secret: Secret<Buffer>,
  at: number,
): Promise<string> => {
  const { length } = secret.reveal();
  if (length === 0 || length > maxSecretBytes) {
    throw new AppError("bad_request", `a secret has 1 to ${maxSecretBytes} bytes, this one ${length}`);
  }
  const made = makeDataKey(keyring, place, at);
  await insertDataKey(sql, made.row);
  return closeWith(made, place, secret, at);
};

/** Opens a text for the place it was closed for. Throws AppError `undecryptable` for every reason there is. */
export const unwrapSecret = async (
  sql: CustodySql,
  keys: OpeningKeys,
  place: Place,
  ciphertext: string,
): Promise<Secret<Buffer>> => {
  const match = /^v1\.([0-9a-f-]{36})\.([A-Za-z0-9_=-]+)$/.exec(ciphertext);
  if (match?.[1] === undefined || match[2] === undefined) throw undecryptable();
  const dataKey = await findDataKey(sql, keys, match[1]);
  if (dataKey === undefined) throw new AppError("undecryptable", "the data key is not in this vault");
  return dataKeyBarrier(dataKey).open(place, match[2]);
};

/** An opened secret as it leaves the vault: sealed to the asker's one-time key. Throws AppError `bad_request` for a key that is none. */
export const sealSecret = (replyKey: SealingKey, secret: Secret<Buffer>): Promise<Sealed> => sealTo(replyKey, secret.reveal());
