import { expect, test } from "vitest";
import { createCommandHandler } from "../../command-handler.ts";
import { ConcurrencyError } from "../../concurrency-error.ts";
import { payIn, type StoreFixture, times, useBench } from "../fixture.ts";
import { account } from "../ledger.ts";
import { meta } from "../meta.ts";

const dayMs = 24 * 60 * 60 * 1_000;

export const commandContract = (create: () => Promise<StoreFixture>): void => {
  const bench = useBench(create);
  const handler = () => createCommandHandler({ store: bench().store, clock: bench().clock });
  const paying = { name: "pay-in", meta } as const;

  test("loads the state of a stream, and none of one that never was", async () => {
    const handle = handler();
    await handle(paying, (unit) => unit.execute(account, "a", { kind: "pay-in", amount: 5 }));
    expect(await handle(paying, (unit) => unit.load(account, "a"))).toEqual({ state: 5, version: 1 });
    expect(await handle(paying, (unit) => unit.load(account, "b"))).toEqual({ state: 0, version: 0 });
  });

  test("decides on what is there and appends with the command's time and meta", async () => {
    const handle = handler();
    const { clock, store } = bench();
    const done = await handle({ ...paying, meta: { ...meta, actor: "somebody" } }, (unit) => unit.execute(account, "a", { kind: "pay-in", amount: 5 }));
    expect(done).toMatchObject({ ok: true, value: { state: 5, events: [{ streamId: "account-a", streamVersion: 1, at: clock.now(), meta: { actor: "somebody" } }] } });
    expect((await store.head()).position).toBe(1);
  });

  test("answers a rejection and appends nothing", async () => {
    expect(await handler()(paying, (unit) => unit.execute(account, "a", { kind: "take-out", amount: 5 }))).toEqual({ ok: false, error: "too-little" });
    expect((await bench().store.head()).position).toBe(0);
  });

  test("a decision for nothing appends nothing", async () => {
    expect(await handler()(paying, (unit) => unit.execute(account, "a", { kind: "pay-in", amount: 0 }))).toEqual({ ok: true, value: { state: 0, events: [] } });
    expect((await bench().store.head()).position).toBe(0);
  });

  test("executes several times on several streams, each on what came before, in one transaction", async () => {
    const handle = handler();
    await handle(paying, (unit) => unit.execute(account, "a", { kind: "pay-in", amount: 5 }));
    const state = await handle({ ...paying, name: "transfer" }, async (unit) => {
      await unit.execute(account, "a", { kind: "take-out", amount: 3 });
      await unit.execute(account, "b", { kind: "pay-in", amount: 3 });
      await unit.execute(account, "a", { kind: "take-out", amount: 1 });
      return [await unit.load(account, "a"), await unit.load(account, "b")];
    });
    expect(state).toEqual([
      { state: 1, version: 3 },
      { state: 3, version: 1 },
    ]);
    expect((await bench().store.head()).position).toBe(4);
  });

  test("work that throws leaves none of its streams changed", async () => {
    const transfer = handler()({ ...paying, commandId: "c1" }, async (unit) => {
      await unit.execute(account, "b", { kind: "pay-in", amount: 3 });
      const taken = await unit.execute(account, "a", { kind: "take-out", amount: 3 });
      if (!taken.ok) throw new Error(taken.error);
    });
    await expect(transfer).rejects.toThrow("too-little");
    expect((await bench().store.head()).position).toBe(0);
    expect(await bench().store.sql.selectFrom("es_commands").selectAll().execute()).toEqual([]);
  });

  test("answers a repeated command id without running the work", async () => {
    const handle = handler();
    let runs = 0;
    const once = () =>
      handle({ ...paying, commandId: "c1" }, async (unit) => {
        runs += 1;
        const done = await unit.execute(account, "a", { kind: "pay-in", amount: 5 });
        return { balance: done.ok ? done.value.state : 0, absent: undefined };
      });
    const first = await once();
    expect(await once()).toEqual(first);
    expect(Object.keys(first)).toEqual(["balance"]);
    expect([runs, (await bench().store.head()).position]).toEqual([1, 1]);
  });

  test("remembers a command that answers with nothing", async () => {
    const handle = handler();
    let runs = 0;
    const once = () =>
      handle({ ...paying, commandId: "c1" }, () => {
        runs += 1;
        return Promise.resolve(undefined);
      });
    expect([await once(), await once(), runs]).toEqual([undefined, undefined, 1]);
  });

  test("runs one of twenty concurrent commands with one id", async () => {
    const handle = handler();
    const answers = await times(20, (index) =>
      handle({ ...paying, commandId: "c1" }, async (unit) => {
        await unit.execute(account, "a", { kind: "pay-in", amount: 1 });
        return index;
      }),
    );
    expect(new Set(answers).size).toBe(1);
    expect((await bench().store.head()).position).toBe(1);
  });

  test("a command that failed may be tried again with its id", async () => {
    const handle = handler();
    await expect(handle({ ...paying, commandId: "c1" }, () => Promise.reject(new Error("not now")))).rejects.toThrow("not now");
    expect(await handle({ ...paying, commandId: "c1" }, () => Promise.resolve("now"))).toBe("now");
  });

  test("refuses a command id under another name, and changes nothing", async () => {
    const handle = handler();
    await handle({ ...paying, commandId: "c1" }, () => Promise.resolve("first"));
    const other = handle({ ...paying, name: "take-out", commandId: "c1" }, (unit) => unit.execute(account, "a", { kind: "pay-in", amount: 1 }));
    await expect(other).rejects.toMatchObject({ code: "bad_request" });
    expect((await bench().store.head()).position).toBe(0);
    expect(await handle({ ...paying, commandId: "c1" }, () => Promise.resolve("second"))).toBe("first");
  });

  test("refuses an outcome that could not be answered again, and takes its events back", async () => {
    const handle = handler();
    const dated = handle({ ...paying, commandId: "c1" }, async (unit) => {
      await unit.execute(account, "a", { kind: "pay-in", amount: 1 });
      return new Date(0);
    });
    await expect(dated).rejects.toMatchObject({ code: "internal" });
    expect((await bench().store.head()).position).toBe(0);
  });

  test("forgets outcomes when their time is over, and not before", async () => {
    const handle = handler();
    const { clock, store } = bench();
    const ids = async (): Promise<readonly string[]> => (await store.sql.selectFrom("es_commands").select("command_id").orderBy("command_id").execute()).map((row) => String(row["command_id"]));
    await handle({ ...paying, commandId: "c1" }, () => Promise.resolve(1));
    clock.advance(dayMs - 1);
    await handle({ ...paying, commandId: "c2" }, () => Promise.resolve(2));
    expect(await ids()).toEqual(["c1", "c2"]);
    clock.advance(1);
    await handle({ ...paying, commandId: "c3" }, () => Promise.resolve(3));
    expect(await ids()).toEqual(["c2", "c3"]);
  });

  test("reads and decides again when the stream has moved", async () => {
    let runs = 0;
    const balance = await handler()(paying, async (unit) => {
      runs += 1;
      if (runs === 1) throw new ConcurrencyError("moved");
      const done = await unit.execute(account, "a", { kind: "pay-in", amount: 1 });
      return done.ok ? done.value.state : undefined;
    });
    expect([runs, balance]).toEqual([2, 1]);
  });

  test.each([
    ["at most three times more", undefined, 4],
    ["not once more a command that says so", false, 1],
  ])("tries %s", async (_what, retryable, expected) => {
    let runs = 0;
    const command = retryable === undefined ? paying : { ...paying, retryable };
    const moved = handler()(command, () => {
      runs += 1;
      return Promise.reject(new ConcurrencyError("moved"));
    });
    await expect(moved).rejects.toMatchObject({ code: "conflict" });
    expect(runs).toBe(expected);
  });

  test("does not try again what failed for another reason", async () => {
    let runs = 0;
    const failing = handler()(paying, () => {
      runs += 1;
      return Promise.reject(new Error("broken"));
    });
    await expect(failing).rejects.toThrow("broken");
    expect(runs).toBe(1);
  });

  test("refuses a stream that holds another decider's events", async () => {
    await bench().store.transact((transaction) => payIn(transaction, "a", 0));
    const savings = { ...account, eventTypes: { MoneyTakenOut: 1 } };
    // @ts-expect-error -- a decider that does not list all of its events does not compile; a stream can still hold them
    await expect(handler()(paying, (unit) => unit.load(savings, "a"))).rejects.toMatchObject({ code: "refused" });
  });

  test("tells what was appended, in order, inside of the transaction", async () => {
    const told: string[] = [];
    const handle = createCommandHandler({
      ...bench(),
      onAppended: async (events, sql) => {
        told.push(events.map(({ streamId, streamVersion }) => `${streamId}@${streamVersion}`).join());
        await sql.insertInto("tt_notes").values({ id: String(told.length), note: "told" }).execute();
      },
    });
    await handle(paying, async (unit) => {
      await unit.execute(account, "a", { kind: "pay-in", amount: 2 });
      await unit.execute(account, "b", { kind: "pay-in", amount: 1 });
      await unit.execute(account, "a", { kind: "pay-in", amount: 0 });
    });
    await handle(paying, (unit) => unit.execute(account, "a", { kind: "take-out", amount: 5 }));
    expect(told).toEqual(["account-a@1,account-b@1"]);
    expect(await bench().store.sql.selectFrom("tt_notes").selectAll().execute()).toHaveLength(1);
  });

  test("keeps no event when who is told of it refuses", async () => {
    const handle = createCommandHandler({ ...bench(), onAppended: () => Promise.reject(new Error("the trail is full")) });
    await expect(handle({ ...paying, commandId: "c1" }, (unit) => unit.execute(account, "a", { kind: "pay-in", amount: 1 }))).rejects.toThrow("the trail is full");
    expect((await bench().store.head()).position).toBe(0);
    expect(await bench().store.sql.selectFrom("es_commands").selectAll().execute()).toEqual([]);
  });
};
