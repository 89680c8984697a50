import type { Kysely } from "kysely";
import type { EventStore, Transaction } from "./port.ts";
import type { LogTables } from "./sql/tables.ts";

/** A right that one process has at a time, until it gives it back or has not renewed it for `ttlMs` of the database's clock. */
export interface Lease {
  /** Grows with each holder: what was written under a lower one came from somebody who has lost it since. */
  readonly epoch: number;
  /** False when it is another's by now; it can not be had back then. */
  renew(): Promise<boolean>;
  /** For the transaction that does what only the holder may: throws nothing, says whether it still is. */
  isHeldIn(transaction: Transaction): Promise<boolean>;
  /** Gives it back, so that the next one need not wait. Twice is safe. */
  release(): Promise<void>;
}

export interface LeaseRequest {
  readonly store: EventStore;
  readonly name: string;
  /** Who asks, for the log: unique to this process. */
  readonly holder: string;
  readonly ttlMs: number;
}

/** Who has it, where it was not to be had. `renewals` of a living holder move `heldUntil`. */
export interface LeaseHolder {
  readonly holder: string;
  readonly leftMs: number;
  readonly heldUntil: number;
}

export type LeaseOutcome = { readonly taken: true; readonly lease: Lease } | { readonly taken: false; readonly by: LeaseHolder };

const readLease = (sql: Kysely<LogTables>, name: string) => sql.selectFrom("es_leases").selectAll().where("name", "=", name).executeTakeFirst();

/** Takes a lease that nobody holds, by the clock of the database. */
export const takeLease = ({ store, name, holder, ttlMs }: LeaseRequest): Promise<LeaseOutcome> =>
  store.transact(async (transaction) => {
    const sql: Kysely<LogTables> = transaction.sql;
    const now = await transaction.databaseTime();
    const before = await readLease(sql, name);
    const heldUntil = Number(before?.held_until ?? 0);
    if (before !== undefined && heldUntil > now) return { taken: false, by: { holder: before.holder, heldUntil, leftMs: heldUntil - now } };
    const epoch = Number(before?.epoch ?? 0) + 1;
    const row = { holder, epoch, held_until: now + ttlMs };
    await sql
      .insertInto("es_leases")
      .values({ name, ...row })
      .onConflict((conflict) => conflict.column("name").doUpdateSet(row))
      .execute();
    return { taken: true, lease: leaseOf({ store, name, holder, ttlMs }, epoch) };
  });

const leaseOf = ({ store, name, ttlMs }: LeaseRequest, epoch: number): Lease => {
  const isHeldIn = async (transaction: Transaction): Promise<boolean> => {
    const row = await readLease(transaction.sql, name);
    return Number(row?.epoch) === epoch && Number(row?.held_until) > (await transaction.databaseTime());
  };
  const moveEnd = async (transaction: Transaction, heldUntil: number): Promise<void> => {
    const sql: Kysely<LogTables> = transaction.sql;
    await sql.updateTable("es_leases").set({ held_until: heldUntil }).where("name", "=", name).where("epoch", "=", epoch).execute();
  };
  return {
    epoch,
    isHeldIn,
    renew: () =>
      store.transact(async (transaction) => {
        if (!(await isHeldIn(transaction))) return false;
        await moveEnd(transaction, (await transaction.databaseTime()) + ttlMs);
        return true;
      }),
    // The row stays: the next holder counts on from its epoch.
    release: () => store.transact((transaction) => moveEnd(transaction, 0)),
  };
};
