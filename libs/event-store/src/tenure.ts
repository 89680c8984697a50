import { uuidv7 } from "@mcp-auth-proxy/crypto";
import { type Lease, takeLease } from "./lease.ts";
import type { EventStore, Transaction } from "./port.ts";

const ttlMs = 10_000;
const renewEveryMs = 3_000;
const tryEveryMs = 1_000;

/** Being the one that does a piece of background work, among all processes on one database. */
export interface Tenure {
  /** Whether this process is it now: takes the lease when it is free, renews it when it is due. Cheap in between. */
  hold(): Promise<boolean>;
  /** Whether it still is, asked inside of a transaction that only the holder may commit. */
  isHeldIn(transaction: Transaction): Promise<boolean>;
  /** Lets another one be it. Twice is safe. */
  leave(): Promise<void>;
}

/** Where no other process can be on the database, nothing is asked of it. */
const alone: Tenure = { hold: () => Promise.resolve(true), isHeldIn: () => Promise.resolve(true), leave: () => Promise.resolve() };

export const createTenure = ({ store, name }: { readonly store: EventStore; readonly name: string }): Tenure => {
  if (!store.shared) return alone;
  const holder = uuidv7();
  let lease: Lease | undefined;
  let nextAskAt = 0;

  const ask = async (): Promise<void> => {
    // This process's own stopwatch only says when to ask; who holds the lease is the database's clock to say.
    nextAskAt = performance.now() + (lease === undefined ? tryEveryMs : renewEveryMs);
    if (lease !== undefined && !(await lease.renew())) lease = undefined;
    if (lease !== undefined) return;
    const outcome = await takeLease({ store, name, holder, ttlMs });
    if (outcome.taken) lease = outcome.lease;
    nextAskAt = performance.now() + (lease === undefined ? tryEveryMs : renewEveryMs);
  };

  return {
    hold: async () => {
      if (performance.now() >= nextAskAt) await ask();
      return lease !== undefined;
    },
    isHeldIn: async (transaction) => {
      const held = lease !== undefined && (await lease.isHeldIn(transaction));
      if (!held) nextAskAt = 0;
      return held;
    },
    leave: async () => {
      const left = lease;
      lease = undefined;
      nextAskAt = 0;
      await left?.release();
    },
  };
};
