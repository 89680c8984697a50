import type { Secret } from "@mcp-auth-proxy/crypto";
import { ConcurrencyError, type EventStore } from "@mcp-auth-proxy/event-store";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { Ciphertexts, CiphertextWrite, TokenCiphertext } from "../ciphertexts.ts";
import { connectRedis, type RedisConnection } from "./connection.ts";
import { entriesIn, fieldOf, textOf } from "./entry.ts";
import { sweepLeftovers } from "./leftovers.ts";
import { beginScript, commitScript, dropScript } from "./scripts.ts";

export interface RedisCiphertextsOptions {
  /** REDIS_URL; it may hold a password. */
  readonly url: Secret<string>;
  /** In front of every key: deployments may share a server. */
  readonly prefix: string;
  /** The vault's own store: its data keys and events say which ciphertext counts. */
  readonly store: EventStore;
  readonly log: Log;
}

const nothing = (): Promise<void> => Promise.resolve();

/**
 * Ciphertexts in Redis, their data keys and events in the vault's store. A ciphertext is written first, beside the one
 * that counts, then the event with the data key; cut off between the two, what was written opens for nobody. Redis may
 * lose everything: then people connect again. Rejects as `connectRedis` does.
 */
export const openRedisCiphertexts = async ({ url, prefix, store, log }: RedisCiphertextsOptions): Promise<Ciphertexts> => {
  const connection = await connectRedis({ url, log });
  const keyOf = (credentialId: string): string => `${prefix}credential:${credentialId}`;
  return {
    lastGeneration: async (credentialId) => Number((await connection.ask((redis) => redis.hget(keyOf(credentialId), "current"))) ?? 0),
    begin: (entry) => begin(connection, keyOf(entry.credentialId), entry, log),
    read: async (credentialId, generation) => {
      const hash = await connection.ask((redis) => redis.hgetall(keyOf(credentialId)));
      return entriesIn(hash).filter((entry) => entry.generation === generation);
    },
    remove: (credentialId) => ({
      inTransaction: nothing,
      committed: () => quietly(log, () => connection.ask((redis) => redis.del(keyOf(credentialId)))),
    }),
    sweep: (now) => sweepLeftovers({ connection, keyOf, store, log, now }),
    close: () => connection.close(),
  };
};

const begin = async (connection: RedisConnection, key: string, entry: TokenCiphertext, log: Log): Promise<CiphertextWrite> => {
  const field = fieldOf(entry);
  const current = await connection.ask((redis) => redis.eval(beginScript, 1, key, entry.generation, field, textOf(entry)));
  if (current !== 0) throw new ConcurrencyError(`generation ${entry.generation} is not later than what Redis holds`);
  const lifetimeMs = entry.worthlessAt === undefined ? 0 : Math.max(1, entry.worthlessAt - entry.storedAt);
  return {
    inTransaction: nothing,
    committed: () => quietly(log, () => connection.ask((redis) => redis.eval(commitScript, 1, key, entry.generation, field, lifetimeMs))),
    abandoned: () => quietly(log, () => connection.ask((redis) => redis.eval(dropScript, 1, key, field))),
  };
};

/** What the database says is done. What is left behind opens for nobody, and a sweep comes for it. */
const quietly = async (log: Log, work: () => Promise<unknown>): Promise<void> => {
  try {
    await work();
  } catch (cause) {
    log.warn({ err: cause }, "a ciphertext that counts no more was left in Redis");
  }
};
