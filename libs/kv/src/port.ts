/**
 * Small values with an expiry, shared by the replicas of a service. Its loss may cost speed or a rate limit's
 * count, never a security property: nothing that must not be lost is kept here.
 * Keys: at most 256 characters. Values: text, at most 64 KiB. Times: milliseconds, 1 or more.
 */
export interface Kv {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
  /** Sets only where there is nothing; says whether it did. */
  add(key: string, value: string, ttlMs: number): Promise<boolean>;
  /** Replaces only the value that is expected; says whether it did. */
  replace(key: string, expected: string, value: string, ttlMs: number): Promise<boolean>;
  /** Deletes; with `expected`, only that value. Says whether something was deleted. */
  delete(key: string, expected?: string): Promise<boolean>;
  /** Adds one and answers the count and the time until it starts again; the first call of a window sets its length. */
  increment(key: string, windowMs: number): Promise<{ readonly count: number; readonly resetsInMs: number }>;
  close(): Promise<void>;
}
