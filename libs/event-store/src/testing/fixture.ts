import type { Clock } from "@mcp-auth-proxy/contracts";
import { afterEach, beforeEach } from "vitest";
import type { StoreDefinition } from "../definition.ts";
import type { EventStore, Transaction } from "../port.ts";
import { account, ledger } from "./ledger.ts";
import { meta } from "./meta.ts";

/** A database that is empty when it is handed over. */
export interface StoreFixture {
  /** Opens the same database each time; the suite closes what it opened. */
  open(options: { readonly definition: StoreDefinition; readonly clock: Clock }): Promise<EventStore>;
  /** Takes the database away. */
  remove(): Promise<void>;
}

/** What each test of the suite has at hand: an empty store, made anew for it. */
export interface Bench {
  readonly store: EventStore;
  readonly clock: Clock & { advance(ms: number): void };
  /** Closes the store and opens its database again, with another definition if given. */
  reopen(definition?: StoreDefinition): Promise<EventStore>;
}

export const payIn = (transaction: Transaction, id: string, expectedVersion: number, amount = 1) =>
  transaction.append(account.streamId(id), expectedVersion, [{ type: "MoneyPaidIn", data: { amount } }], { meta, at: 1_000 });

export const times = <T>(count: number, one: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => one(index)));

/** Registers the hooks that make and close a store for each test, and answers with the way to it. */
export const useBench = (create: () => Promise<StoreFixture>, definition: StoreDefinition = ledger): (() => Bench) => {
  let bench: Bench | undefined;
  let undo: readonly (() => Promise<void>)[] = [];
  beforeEach(async () => {
    const fixture = await create();
    let now = 1_700_000_000_000;
    const clock = {
      now: () => now,
      advance: (ms: number) => {
        now += ms;
      },
    };
    const store = await fixture.open({ definition, clock });
    let current = store;
    bench = {
      store,
      clock,
      reopen: async (next = definition) => {
        await current.close();
        current = await fixture.open({ definition: next, clock });
        return current;
      },
    };
    undo = [() => current.close(), () => fixture.remove()];
  });
  afterEach(async () => {
    for (const step of undo) await step();
  });
  return () => {
    if (bench === undefined) throw new Error("only inside of a test");
    return bench;
  };
};
