import { AppError, type Clock } from "@mcp-auth-proxy/contracts";
import { checkDuration, checkKey, checkValue } from "./limits.ts";
import type { Kv } from "./port.ts";

interface Entry {
  readonly value: string;
  readonly expiresAt: number;
}

const countOf = (value: string): number => {
  if (!/^\d{1,15}$/.test(value)) throw new AppError("bad_request", "the key to increment holds a text, not a count");
  return Number(value);
};

/**
 * A Kv in this process's memory. Holds at most `maxEntries` entries and `maxBytes` of keys and values: to make room,
 * what has expired goes first, then what was set longest ago.
 */
export const createMemoryKv = (options: { readonly clock: Clock; readonly maxEntries?: number; readonly maxBytes?: number }): Kv => {
  const { clock, maxEntries = 50_000, maxBytes = 64 * 1024 * 1024 } = options;
  // Insertion order is age: `write` takes a key out before it puts it in.
  const entries = new Map<string, Entry>();
  let bytes = 0;
  /** No entry expires before this: the reason not to look through all of them for each one over the limit. */
  let earliestExpiry = Number.POSITIVE_INFINITY;
  let closed = false;

  const sizeOf = (key: string, entry: Entry): number => Buffer.byteLength(key) + Buffer.byteLength(entry.value);

  const drop = (key: string): void => {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    bytes -= sizeOf(key, entry);
  };

  const sweep = (now: number): void => {
    if (now < earliestExpiry) return;
    earliestExpiry = Number.POSITIVE_INFINITY;
    for (const [key, entry] of entries) {
      if (entry.expiresAt <= now) drop(key);
      else earliestExpiry = Math.min(earliestExpiry, entry.expiresAt);
    }
  };

  const makeRoom = (now: number): void => {
    const full = (): boolean => entries.size > maxEntries || bytes > maxBytes;
    if (full()) sweep(now);
    for (const key of entries.keys()) {
      if (!full()) return;
      drop(key);
    }
  };

  const write = (key: string, entry: Entry): void => {
    drop(key);
    entries.set(key, entry);
    bytes += sizeOf(key, entry);
    earliestExpiry = Math.min(earliestExpiry, entry.expiresAt);
    makeRoom(clock.now());
  };

  const living = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    if (entry === undefined || entry.expiresAt > clock.now()) return entry;
    drop(key);
    return undefined;
  };

  /** Checks happen inside of the promise: a port that sometimes throws and sometimes rejects is a trap. */
  const checked = async <T>(key: string, work: () => T): Promise<T> => {
    if (closed) throw new AppError("unavailable", "the key-value store is closed");
    checkKey(key);
    return work();
  };

  const put = (key: string, value: string, ttlMs: number): void => {
    checkValue(value);
    checkDuration(ttlMs);
    write(key, { value, expiresAt: clock.now() + ttlMs });
  };

  return {
    get: (key) => checked(key, () => living(key)?.value),
    set: (key, value, ttlMs) => checked(key, () => put(key, value, ttlMs)),
    add: (key, value, ttlMs) =>
      checked(key, () => {
        if (living(key) !== undefined) return false;
        put(key, value, ttlMs);
        return true;
      }),
    replace: (key, expected, value, ttlMs) =>
      checked(key, () => {
        if (living(key)?.value !== expected) return false;
        put(key, value, ttlMs);
        return true;
      }),
    delete: (key, expected) =>
      checked(key, () => {
        const entry = living(key);
        if (entry === undefined || (expected !== undefined && entry.value !== expected)) return false;
        drop(key);
        return true;
      }),
    increment: (key, windowMs) =>
      checked(key, () => {
        checkDuration(windowMs);
        const entry = living(key);
        const now = clock.now();
        const count = entry === undefined ? 1 : countOf(entry.value) + 1;
        const expiresAt = entry === undefined ? now + windowMs : entry.expiresAt;
        write(key, { value: String(count), expiresAt });
        return { count, resetsInMs: expiresAt - now };
      }),
    close: () => {
      closed = true;
      entries.clear();
      bytes = 0;
      return Promise.resolve();
    },
  };
};
