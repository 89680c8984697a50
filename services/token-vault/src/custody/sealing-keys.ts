import { AppError, type Clock, type Sealed, type SealingKey } from "@mcp-auth-proxy/contracts";
import {
  createSealingKeyPair,
  importSealingKeyPair,
  recipientOf,
  Secret,
  undecryptable,
  type Keyring,
  type SealingKeyPair,
} from "@mcp-auth-proxy/crypto";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import { keyringBarrier } from "./barrier.ts";
import type { Place } from "./place.ts";
import type { CustodySql } from "./tables.ts";

const maxServed = 8;

export const sealingKeyPlace = (kid: string): Place => ({ purpose: "sealing-key", name: kid, generation: 1 });

/** The vault's own key pairs: others seal to them what only the vault may read. */
export interface SealingKeys {
  /** The first is the one to seal to. */
  readonly publicKeys: readonly SealingKey[];
  /** Throws AppError `undecryptable`, also for a message to a key that this vault does not have. */
  open(sealed: Sealed): Promise<Secret<Buffer>>;
}

/** Loads the pairs that the keyring opens, newest first; makes one where there is none (a new store, or a lost keyring). */
export const openSealingKeys = async (deps: {
  readonly store: EventStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
}): Promise<SealingKeys> => {
  const stored = await loadPairs(deps.store.sql, deps.keyring);
  const pairs = stored.length > 0 ? stored : [await createPair(deps.store, deps.keyring, deps.clock.now())];
  const byKid = new Map(pairs.map((pair) => [pair.publicKey.kid, pair]));
  return {
    publicKeys: pairs.map((pair) => pair.publicKey),
    open: async (sealed) => {
      const pair = byKid.get(recipientOf(sealed) ?? "");
      if (pair === undefined) throw undecryptable();
      return Secret.of(await pair.open(sealed));
    },
  };
};

const loadPairs = async (sql: CustodySql, keyring: Keyring): Promise<readonly SealingKeyPair[]> => {
  const rows = await sql
    .selectFrom("cx_sealing_keys")
    .select(["key_id", "wrapped"])
    .where("term", "in", [...keyring.terms])
    .orderBy("created_at", "desc")
    .orderBy("key_id")
    .limit(maxServed)
    .execute();
  const pairs = await Promise.all(rows.map((row) => readPair(keyring, row.key_id, row.wrapped)));
  return pairs.filter((pair) => pair !== undefined);
};

/** A damaged row is passed over, as a lost key is: the vault makes another pair and goes on. */
const readPair = async (keyring: Keyring, kid: string, wrapped: string): Promise<SealingKeyPair | undefined> => {
  try {
    const pair = await importSealingKeyPair(textOf(keyringBarrier(keyring).open(sealingKeyPlace(kid), wrapped)));
    return pair.publicKey.kid === kid ? pair : undefined;
  } catch (error) {
    if (error instanceof AppError && error.code === "undecryptable") return undefined;
    throw error;
  }
};

const createPair = async (store: EventStore, keyring: Keyring, at: number): Promise<SealingKeyPair> => {
  const pair = await createSealingKeyPair();
  const { kid } = pair.publicKey;
  const wrapped = keyringBarrier(keyring).close(sealingKeyPlace(kid), bytesOf(pair.exportPrivate()), at);
  await store.transact(async ({ sql }) => {
    const custody: CustodySql = sql;
    await custody.insertInto("cx_sealing_keys").values({ key_id: kid, wrapped, term: keyring.activeTerm, created_at: at }).execute();
  });
  return pair;
};

const bytesOf = (text: Secret<string>): Secret<Buffer> => Secret.of(Buffer.from(text.reveal(), "utf8"));
const textOf = (bytes: Secret<Buffer>): Secret<string> => Secret.of(bytes.reveal().toString("utf8"));
