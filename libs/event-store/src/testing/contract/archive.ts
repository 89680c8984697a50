import { expect, test } from "vitest";
import { archiveEnded } from "../../archive.ts";
import { createCommandHandler } from "../../command-handler.ts";
import { payIn, type StoreFixture, useBench } from "../fixture.ts";
import { account } from "../ledger.ts";
import { meta } from "../meta.ts";

const start = { logEpoch: 1, position: 0 };
const paying = { name: "pay-in", meta } as const;
/** An account that is empty has ended. */
const closing = { ...account, ended: (balance: number) => balance === 0 };

export const archiveContract = (create: () => Promise<StoreFixture>): void => {
  const bench = useBench(create);
  const archive = (quietForMs = 0) => archiveEnded({ store: bench().store, deciders: [closing], now: bench().clock.now(), quietForMs });
  const execute = (id: string, kind: "pay-in" | "take-out", amount: number) =>
    createCommandHandler(bench())(paying, (unit) => unit.execute(account, id, { kind, amount }));
  const livingIds = async (): Promise<readonly string[]> => {
    const rows: readonly { readonly stream_id: string }[] = await bench().store.sql.selectFrom("es_events").select("stream_id").orderBy("position").execute();
    return rows.map((row) => row.stream_id);
  };
  /** a and c end, b goes on; their events lie among each other. */
  const fill = async (): Promise<void> => {
    await execute("a", "pay-in", 2);
    await execute("b", "pay-in", 2);
    await execute("c", "pay-in", 1);
    await execute("a", "take-out", 2);
    await execute("b", "take-out", 1);
    await execute("c", "take-out", 1);
  };
  const readAll = async (limit: number) => {
    const events = [];
    for (let after = start; ; ) {
      const page = await bench().store.readFeed(after, limit);
      events.push(...page.events);
      if (page.end) return events;
      after = page.next;
    }
  };

  test("takes the streams that have ended, and leaves the others", async () => {
    await fill();
    expect(await archive()).toBe(4);
    expect(await livingIds()).toEqual(["account-b", "account-b"]);
    expect(await archive()).toBe(0);
  });

  test("waits until the last event of the stream is old enough", async () => {
    await fill();
    bench().clock.advance(999);
    expect(await archive(1_000)).toBe(0);
    bench().clock.advance(1);
    expect(await archive(1_000)).toBe(4);
  });

  test("changes nothing of what the feed tells, in pages of any size", async () => {
    await fill();
    const before = await readAll(100);
    await archive();
    for (const limit of [1, 2, 3, 100]) expect(await readAll(limit)).toEqual(before);
    expect((await bench().store.head()).position).toBe(6);
  });

  test("keeps the head where it was when the last event is in it", async () => {
    await execute("a", "pay-in", 1);
    await execute("a", "take-out", 1);
    await archive();
    expect(await livingIds()).toEqual([]);
    expect(await bench().store.head()).toEqual({ logEpoch: 1, position: 2 });
    expect((await bench().store.transact((transaction) => payIn(transaction, "z", 0)))[0]?.position).toBe(3);
  });

  test("changes nothing of what a rebuild makes", async () => {
    await fill();
    const rows = () => bench().store.sql.selectFrom("rm_movements").selectAll().orderBy("stream_id").execute();
    const before = await rows();
    await archive();
    await bench().store.rebuild();
    expect(await rows()).toEqual(before);
  });

  test("a stream in it is loaded as before, and may go on", async () => {
    await fill();
    await archive();
    const handle = createCommandHandler(bench());
    expect(await handle(paying, (unit) => unit.load(account, "a"))).toEqual({ state: 0, version: 2 });
    expect(await execute("a", "take-out", 1)).toEqual({ ok: false, error: "too-little" });
    await expect(bench().store.transact((transaction) => payIn(transaction, "a", 0))).rejects.toMatchObject({ code: "conflict" });
    await execute("a", "pay-in", 3);
    const read = await bench().store.transact((transaction) => transaction.read("account-a"));
    expect(read.map((event) => event.streamVersion)).toEqual([1, 2, 3]);
    expect(await archive()).toBe(0);
    await execute("a", "take-out", 3);
    expect(await archive()).toBe(2);
  });

  test("a long stream goes batch by batch, keeps its snapshot, and is whole where it stops in between", async () => {
    for (let time = 0; time < 250; time += 1) await execute("a", "pay-in", 1);
    await execute("a", "take-out", 250);
    const controller = new AbortController();
    const { store } = bench();
    let transactions = 0;
    const stopping = {
      ...store,
      sql: store.sql,
      transact: (async (work) => {
        transactions += 1;
        controller.abort();
        return store.transact(work);
      }) satisfies typeof store.transact,
    };
    expect(await archiveEnded({ store: stopping, deciders: [closing], now: bench().clock.now(), quietForMs: 0, signal: controller.signal })).toBe(200);
    expect(transactions).toBe(1);
    expect(await store.transact((transaction) => transaction.read("account-a"))).toHaveLength(251);
    expect(await archive()).toBe(51);
    expect(await createCommandHandler(bench())(paying, (unit) => unit.load(account, "a"))).toEqual({ state: 0, version: 251 });
  });

  test("leaves streams alone that no decider ends", async () => {
    await fill();
    expect(await archiveEnded({ store: bench().store, deciders: [account], now: bench().clock.now(), quietForMs: 0 })).toBe(0);
  });

  test("goes past more than one page of streams that go on", async () => {
    await bench().store.transact(async (transaction) => {
      for (let id = 0; id < 450; id += 1) await payIn(transaction, String(id), 0);
    });
    await execute("z", "pay-in", 1);
    await execute("z", "take-out", 1);
    expect(await archive()).toBe(2);
  });
};
