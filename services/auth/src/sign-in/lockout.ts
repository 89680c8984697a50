import { fingerprint } from "@mcp-auth-proxy/crypto";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import type { AuthLimits } from "../config.ts";
import type { AuthKeys } from "../custody/keys.ts";
import type { AuthSql } from "../read-models/tables.ts";

/** Who tries to sign in: the address they come from, and the login they try. */
export interface Attempt {
  readonly address: string;
  readonly login: string;
  /** From a browser where somebody signed in before: it is counted by itself, so that strangers can not keep its owner out. */
  readonly known: boolean;
  /** Of the request: leads from the audit trail to the log. */
  readonly correlationId: string;
}

/** `locks`: if this one fails, no other is allowed. */
export type AttemptVerdict = { readonly allowed: true; readonly locks: boolean } | { readonly allowed: false; readonly unlocksAt: number };

type LockLimits = Pick<AuthLimits, "failuresPerAddress" | "failuresPerLogin" | "lockMs">;

const keysOf = (keys: AuthKeys, { address, login, known }: Attempt, limits: LockLimits) => [
  { key: fingerprint(keys.pepper, "lockout-address", address), most: limits.failuresPerAddress },
  // Guesses from many addresses add up here. The bound is higher: nobody should be able to lock out the owner with ease.
  ...(known ? [] : [{ key: fingerprint(keys.pepper, "lockout-login", login), most: limits.failuresPerLogin }]),
];

/**
 * Counts an attempt as failed before it is made, so that no burst of attempts gets past the bound; `forgive` takes it back.
 * In SQL and not in the cache: a cache that is lost must not give an attacker new tries.
 */
export const beginAttempt = (store: EventStore, keys: AuthKeys, attempt: Attempt, limits: LockLimits, now: number): Promise<AttemptVerdict> =>
  store.transact(async (transaction) => {
    const sql: AuthSql = transaction.sql;
    const counted = keysOf(keys, attempt, limits);
    const rows = await sql
      .selectFrom("tt_lockouts")
      .selectAll()
      .where("key_fingerprint", "in", counted.map(({ key }) => key))
      .where("expires_at", ">", now)
      .execute();
    const unlocksAt = Math.max(0, ...rows.map((row) => row.locked_until));
    if (unlocksAt > now) return { allowed: false, unlocksAt };
    let locks = false;
    for (const { key, most } of counted) {
      const failures = (rows.find((row) => row.key_fingerprint === key)?.failures ?? 0) + 1;
      locks ||= failures >= most;
      const row = { failures, locked_until: failures >= most ? now + limits.lockMs : 0, expires_at: now + limits.lockMs };
      await sql
        .insertInto("tt_lockouts")
        .values({ key_fingerprint: key, ...row })
        .onConflict((conflict) => conflict.column("key_fingerprint").doUpdateSet(row))
        .execute();
    }
    return { allowed: true, locks };
  });

/** The password was right: what was counted against this address and login is forgotten. */
export const forgive = (store: EventStore, keys: AuthKeys, attempt: Attempt, limits: LockLimits): Promise<void> =>
  store.transact(async (transaction) => {
    const sql: AuthSql = transaction.sql;
    const forgiven = keysOf(keys, attempt, limits).map(({ key }) => key);
    await sql.deleteFrom("tt_lockouts").where("key_fingerprint", "in", forgiven).execute();
  });
