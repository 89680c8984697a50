import { fingerprint } from "@mcp-auth-proxy/crypto";
import type { Kv } from "@mcp-auth-proxy/kv";
import type { AuthKeys } from "../custody/keys.ts";

/** How often something may happen in a window. The cache may lose the count: what has to hold is in SQL. */
export interface Rate {
  readonly key: string;
  readonly most: number;
  readonly windowMs: number;
}

/** The key of a count by address (what `addressBlock` says). The cache is not told the address itself. */
export const addressKey = ({ pepper }: Pick<AuthKeys, "pepper">, counted: string, address: string): string => `${counted}:address:${fingerprint(pepper, "address", address)}`;

/** Counts one. Undefined within every rate; else how long until the first one that is used up starts again. What comes after that one is not counted. */
export const overRate = async (kv: Kv, rates: readonly Rate[]): Promise<number | undefined> => {
  for (const { key, most, windowMs } of rates) {
    const { count, resetsInMs } = await kv.increment(key, windowMs);
    if (count > most) return resetsInMs;
  }
  return undefined;
};

/** Seconds for a `Retry-After`. */
export const retryAfter = (waitMs: number): string => String(Math.ceil(waitMs / 1000));
