import { AppError } from "@mcp-auth-proxy/contracts";
import type { Secret } from "@mcp-auth-proxy/crypto";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { Redis } from "ioredis";

const connectTimeoutMs = 5_000;
const commandTimeoutMs = 2_000;

/** A connection that answers or fails soon: whoever waits for a lease does not wait for Redis to come back. */
export interface RedisConnection {
  /** Every failure of the server or of the way to it is AppError `unavailable`. */
  ask<T>(work: (redis: Redis) => Promise<T>): Promise<T>;
  /** Twice is safe. */
  close(): Promise<void>;
}

/** Never the error itself: it carries the command with all its arguments. */
const unavailable = (cause: unknown): AppError => new AppError("unavailable", `Redis can not answer: ${cause instanceof Error ? cause.message : "unknown error"}`);

/**
 * Connects, and looks at what the server does when its memory is full. Throws AppError `refused` for one that would
 * throw people's tokens away, `unavailable` when it can not be reached.
 */
export const connectRedis = async ({ url, log }: { readonly url: Secret<string>; readonly log: Log }): Promise<RedisConnection> => {
  // Only TOKEN_STORE=redis needs it, and every other start would wait for it.
  const { Redis: Client } = await import("ioredis");
  const redis = new Client(url.reveal(), {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: connectTimeoutMs,
    commandTimeout: commandTimeoutMs,
  });
  redis.on("error", (cause: Error) => log.warn({ reason: cause.message }, "the connection to Redis failed"));

  const ask: RedisConnection["ask"] = async (work) => {
    try {
      return await work(redis);
    } catch (cause) {
      throw unavailable(cause);
    }
  };

  const close = async (): Promise<void> => {
    redis.disconnect();
    await Promise.resolve();
  };

  try {
    await ask(() => redis.connect());
    await assertKeepsEverything(await ask(() => redis.info("memory")));
    return { ask, close };
  } catch (cause) {
    await close();
    throw cause;
  }
};

/** INFO and not CONFIG, which hosted servers refuse. */
const assertKeepsEverything = async (memory: string): Promise<void> => {
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
  if (policy === "noeviction") return;
  throw new AppError(
    "refused",
    `Redis has maxmemory-policy ${policy ?? "unknown"} and would throw people's tokens away when its memory is full: set it to noeviction, or choose another TOKEN_STORE`,
  );
};
