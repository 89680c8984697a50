import { expect, test } from "vitest";
import { createCommandHandler } from "../../command-handler.ts";
import type { AnyDecider } from "../../definition.ts";
import { countReads } from "../counted-reads.ts";
import { payIn, type StoreFixture, useBench } from "../fixture.ts";
import { account } from "../ledger.ts";
import { meta } from "../meta.ts";

const paying = { name: "pay-in", meta } as const;

export const snapshotContract = (create: () => Promise<StoreFixture>): void => {
  const bench = useBench(create);

  const counted = () => {
    const reads = countReads(bench().store);
    const handle = createCommandHandler({ store: reads.store, clock: bench().clock });
    return {
      take: (): number => reads.take(),
      pay: async (times: number): Promise<void> => {
        for (let time = 0; time < times; time += 1) await handle(paying, (unit) => unit.execute(account, "a", { kind: "pay-in", amount: 1 }));
      },
      load: (decider = account) => handle(paying, (unit) => unit.load(decider, "a")),
    };
  };
  const snapshots = (): Promise<readonly { readonly stream_id: string; readonly stream_version: number }[]> =>
    bench().store.sql.selectFrom("es_snapshots").select(["stream_id", "stream_version"]).execute();
  const change = (values: object): Promise<unknown> => bench().store.transact(({ sql }) => sql.updateTable("es_snapshots").set(values).execute());

  test("a stream has none before its hundredth event, and one from then on, replaced at every hundredth", async () => {
    const { pay } = counted();
    await pay(99);
    expect(await snapshots()).toEqual([]);
    await pay(1);
    expect(await snapshots()).toEqual([{ stream_id: "account-a", stream_version: 100 }]);
    await pay(100);
    expect(await snapshots()).toEqual([{ stream_id: "account-a", stream_version: 200 }]);
  });

  test("a load reads what came since, and the event it was taken at", async () => {
    const { pay, load, take } = counted();
    await pay(130);
    take();
    expect(await load()).toEqual({ state: 130, version: 130 });
    expect(take()).toBe(31);
  });

  test("counts the events of several commands in one transaction", async () => {
    const handle = createCommandHandler(bench());
    await handle(paying, async (unit) => {
      for (let time = 0; time < 150; time += 1) await unit.execute(account, "a", { kind: "pay-in", amount: 1 });
    });
    expect(await snapshots()).toEqual([{ stream_id: "account-a", stream_version: 100 }]);
    expect(await handle(paying, (unit) => unit.load(account, "a"))).toEqual({ state: 150, version: 150 });
  });

  test("is taken back with its transaction", async () => {
    const { pay, load } = counted();
    await pay(99);
    const handle = createCommandHandler(bench());
    const attempt = handle(paying, async (unit) => {
      await unit.execute(account, "a", { kind: "pay-in", amount: 1 });
      throw new Error("taken back");
    });
    await expect(attempt).rejects.toThrow("taken back");
    expect(await snapshots()).toEqual([]);
    expect(await load()).toEqual({ state: 99, version: 99 });
  });

  test("of other rules is ignored, and replaced by the next append", async () => {
    const { pay, load, take } = counted();
    await pay(100);
    take();
    const doubling = { ...account, stateVersion: 2, evolve: (balance: number) => balance + 2 };
    expect(await load(doubling)).toEqual({ state: 200, version: 100 });
    expect(take()).toBe(100);
    await createCommandHandler(bench())(paying, (unit) => unit.execute(doubling, "a", { kind: "pay-in", amount: 1 }));
    expect(await load(doubling)).toEqual({ state: 202, version: 101 });
    expect(take()).toBe(1);
  });

  test("does not hide an event that these rules do not know", async () => {
    const handle = createCommandHandler(bench());
    await counted().pay(1);
    await handle(paying, (unit) => unit.execute(account, "a", { kind: "take-out", amount: 1 }));
    await counted().pay(98);
    const older: AnyDecider = { ...account, eventTypes: { MoneyPaidIn: 1 } };
    await expect(handle(paying, (unit) => unit.load(older, "a"))).rejects.toMatchObject({ code: "refused" });
  });

  test.each([
    ["whose state was altered", { state: "1000000" }],
    ["whose place was altered", { stream_version: 99 }],
    ["whose checksum was altered", { checksum: "" }],
    ["that was moved to another event", { event_id: "00000000-0000-7000-8000-000000000000" }],
  ])("%s is ignored", async (_what, values) => {
    const { pay, load, take } = counted();
    await pay(120);
    await change(values);
    take();
    expect(await load()).toEqual({ state: 120, version: 120 });
    expect(take()).toBe(120);
  });

  test("that is ahead of the log, or of another log, is ignored", async () => {
    const { pay, load } = counted();
    await pay(100);
    const snapshot = await bench().store.transact((transaction) => transaction.readSnapshot("account-a"));
    if (snapshot === undefined) throw new Error("no snapshot");
    await bench().store.transact((transaction) => transaction.writeSnapshot("account-a", { ...snapshot, version: 500, state: 7 }));
    expect(await load()).toEqual({ state: 100, version: 100 });
    await bench().store.transact((transaction) => transaction.writeSnapshot("account-a", { ...snapshot, eventId: "another", state: 7 }));
    expect(await load()).toEqual({ state: 100, version: 100 });
    await pay(1);
    expect(await snapshots()).toEqual([{ stream_id: "account-a", stream_version: 101 }]);
  });

  test("is of no use to an append that is late", async () => {
    const { pay } = counted();
    await pay(100);
    await expect(bench().store.transact((transaction) => payIn(transaction, "a", 99))).rejects.toMatchObject({ code: "conflict" });
  });

  test("is dropped by a rebuild, and nothing changes by it", async () => {
    const { pay, load, take } = counted();
    await pay(120);
    await bench().store.rebuild();
    expect(await snapshots()).toEqual([]);
    take();
    expect(await load()).toEqual({ state: 120, version: 120 });
    expect(take()).toBe(120);
  });

  test("is not kept of a state that is too large", async () => {
    const notes = {
      name: "notes",
      eventTypes: account.eventTypes,
      initialState: "",
      evolve: (text: string) => text + "x".repeat(3_000),
      decide: () => account.decide({ kind: "pay-in", amount: 1 }, 0),
      streamId: (id: string) => account.streamId(id),
    };
    const handle = createCommandHandler(bench());
    await handle(paying, async (unit) => {
      for (let time = 0; time < 101; time += 1) await unit.execute(notes, "a", undefined);
    });
    expect(await snapshots()).toEqual([]);
  });
};
