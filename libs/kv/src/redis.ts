import { AppError } from "@mcp-auth-proxy/contracts";
import type { Secret } from "@mcp-auth-proxy/crypto";
import { Redis } from "ioredis";
import { checkDuration, checkKey, checkValue } from "./limits.ts";
import type { Kv } from "./port.ts";
import { deleteScript, incrementScript, notACount, replaceScript } from "./redis-scripts.ts";

const connectTimeoutMs = 5_000;
/** A request waits for it: what does not come soon is a failure, and the limit that was asked about fails closed. */
const answerTimeoutMs = 2_000;

/** Never the error itself: it carries the command with all its arguments, a password among them. */
const unavailable = (cause: unknown): AppError => new AppError("unavailable", `Redis can not answer: ${cause instanceof Error ? cause.message : "unknown error"}`);

const asCount = (answer: unknown): { readonly count: number; readonly resetsInMs: number } => {
  const [count, resetsInMs] = Array.isArray(answer) ? answer.map(Number) : [];
  if (count === notACount) throw new AppError("bad_request", "the key to increment holds a text, not a count");
  if (count === undefined || resetsInMs === undefined) throw new AppError("unavailable", "Redis answered something else than a count");
  return { count, resetsInMs };
};

export interface RedisKvOptions {
  readonly url: Secret<string>;
  /** In front of every key: deployments may share a server. */
  readonly prefix: string;
  /** Told when the connection ends without being closed here, and at each try to have it again that fails. */
  readonly onLost?: (reason: string) => void;
}

/**
 * A Kv in Redis (7 or newer), shared by all who use the same prefix. Reconnects by itself; what is asked meanwhile fails
 * at once. Rejects with AppError `unavailable` when the server can not be reached or refuses the password.
 */
export const openRedisKv = async (options: RedisKvOptions): Promise<Kv> => {
  const { url, prefix, onLost } = options;
  const redis = new Redis(url.reveal(), {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: connectTimeoutMs,
    commandTimeout: answerTimeoutMs,
  });
  let closed = false;
  let reason = "it was closed";
  redis.on("error", (cause: Error) => {
    reason = cause.message;
  });
  redis.on("close", () => {
    if (!closed) onLost?.(reason);
  });

  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw unavailable(cause);
    }
  };

  /** Checks happen inside of the promise, as in memory. */
  const checked = async <T>(key: string, work: (key: string) => Promise<T>, check?: () => void): Promise<T> => {
    if (closed) throw new AppError("unavailable", "the key-value store is closed");
    checkKey(key);
    check?.();
    return ask(() => work(prefix + key));
  };

  const fits = (value: string, ttlMs: number) => (): void => {
    checkValue(value);
    checkDuration(ttlMs);
  };

  try {
    await ask(() => redis.connect());
  } catch (cause) {
    redis.disconnect();
    throw cause;
  }

  return {
    get: (key) => checked(key, async (full) => (await redis.get(full)) ?? undefined),
    set: (key, value, ttlMs) => checked(key, async (full) => void (await redis.set(full, value, "PX", ttlMs)), fits(value, ttlMs)),
    add: (key, value, ttlMs) => checked(key, async (full) => (await redis.set(full, value, "PX", ttlMs, "NX")) === "OK", fits(value, ttlMs)),
    replace: (key, expected, value, ttlMs) =>
      checked(key, async (full) => (await redis.eval(replaceScript, 1, full, expected, value, ttlMs)) === 1, fits(value, ttlMs)),
    delete: (key, expected) =>
      checked(key, async (full) => (expected === undefined ? await redis.del(full) : await redis.eval(deleteScript, 1, full, expected)) === 1),
    increment: async (key, windowMs) => asCount(await checked(key, (full) => redis.eval(incrementScript, 1, full, windowMs), () => checkDuration(windowMs))),
    close: () => {
      closed = true;
      redis.disconnect();
      return Promise.resolve();
    },
  };
};
