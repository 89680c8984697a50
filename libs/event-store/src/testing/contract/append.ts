import { expect, test } from "vitest";
import { ConcurrencyError } from "../../concurrency-error.ts";
import { createCommandHandler } from "../../command-handler.ts";
import { payIn, type StoreFixture, times, useBench } from "../fixture.ts";
import { account } from "../ledger.ts";
import { meta } from "../meta.ts";

const uuidv7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export const appendContract = (create: () => Promise<StoreFixture>): void => {
  const bench = useBench(create);

  test("a stream that never was is empty", async () => {
    expect(await bench().store.transact((transaction) => transaction.read("account-none"))).toEqual([]);
  });

  test("keeps what was appended, numbered from 1", async () => {
    const { store } = bench();
    const data = { amount: 5, unknown: { kept: ["ä", null, true, 0.5] } };
    const events = [
      { type: "MoneyPaidIn", data },
      { type: "MoneyTakenOut", data: { amount: 2 } },
    ];
    const appended = await store.transact((transaction) => transaction.append("account-a", 0, events, { meta: { ...meta, causationId: "cause" }, at: 1_234 }));
    const read = await store.transact((transaction) => transaction.read("account-a"));
    expect(read).toEqual(appended);
    expect(read).toMatchObject([
      { position: 1, logEpoch: 1, streamId: "account-a", streamVersion: 1, type: "MoneyPaidIn", schema: 1, at: 1_234, data, meta: { ...meta, causationId: "cause" } },
      { position: 2, logEpoch: 1, streamId: "account-a", streamVersion: 2, type: "MoneyTakenOut", schema: 1, at: 1_234, data: { amount: 2 } },
    ]);
    expect(read.map((event) => event.id)).toEqual([expect.stringMatching(uuidv7), expect.stringMatching(uuidv7)]);
  });

  test("keeps streams apart", async () => {
    const { store } = bench();
    await store.transact(async (transaction) => {
      await payIn(transaction, "a", 0);
      await payIn(transaction, "b", 0);
      await payIn(transaction, "a", 1);
    });
    const versions = await store.transact(async (transaction) => [
      (await transaction.read("account-a")).map((event) => event.streamVersion),
      (await transaction.read("account-b")).map((event) => event.streamVersion),
    ]);
    expect(versions).toEqual([[1, 2], [1]]);
  });

  test.each([
    ["a new stream that exists", 0],
    ["a version that has been passed", 1],
    ["a version that is not there yet", 3],
  ])("refuses %s, and writes nothing", async (_what, expectedVersion) => {
    const { store } = bench();
    await store.transact(async (transaction) => {
      await payIn(transaction, "a", 0);
      await payIn(transaction, "a", 1);
    });
    const attempt = store.transact((transaction) => payIn(transaction, "a", expectedVersion));
    await expect(attempt).rejects.toBeInstanceOf(ConcurrencyError);
    await expect(attempt).rejects.toMatchObject({ code: "conflict" });
    expect(await store.transact((transaction) => transaction.read("account-a"))).toHaveLength(2);
    await store.transact((transaction) => payIn(transaction, "a", 2));
  });

  test("lets one of twenty writers of the same version win", async () => {
    const { store } = bench();
    const results = await times(20, (index) =>
      store.transact((transaction) => payIn(transaction, "a", 0, index + 1)).then(
        () => "won",
        (error: unknown) => (error instanceof ConcurrencyError ? "conflict" : error),
      ),
    );
    expect(results.filter((result) => result === "won")).toHaveLength(1);
    expect(results.filter((result) => result === "conflict")).toHaveLength(19);
    expect(await store.transact((transaction) => transaction.read("account-a"))).toHaveLength(1);
  });

  test("gives fifty parallel commands on one stream versions without a gap", async () => {
    const { store, clock } = bench();
    const handle = createCommandHandler({ store, clock });
    // A server may need more than the three retries that one command has: the caller goes on.
    const payUntilDone = async (): Promise<void> => {
      for (;;) {
        try {
          await handle({ name: "pay-in", meta }, (unit) => unit.execute(account, "a", { kind: "pay-in", amount: 1 }));
          return;
        } catch (error) {
          if (!(error instanceof ConcurrencyError)) throw error;
        }
      }
    };
    await times(50, payUntilDone);
    const events = await store.transact((transaction) => transaction.read("account-a"));
    expect(events.map((event) => event.streamVersion)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(new Set(events.map((event) => event.id)).size).toBe(50);
    expect(new Set(events.map((event) => event.position)).size).toBe(50);
  });

  test.each([
    ["an event that no decider lists", { type: "Unlisted", data: {} }, "internal"],
    ["data of more than 64 KiB", { type: "MoneyPaidIn", data: { note: "x".repeat(65_536) } }, "bad_request"],
    ["a date, which would come back as a text", { type: "MoneyPaidIn", data: { when: new Date(0) } }, "internal"],
    ["a number that JSON has not", { type: "MoneyPaidIn", data: { amount: Number.NaN } }, "internal"],
    ["a bigint", { type: "MoneyPaidIn", data: { amount: 1n } }, "internal"],
    ["data that is a list", { type: "MoneyPaidIn", data: [1] }, "refused"],
  ])("refuses %s, and the good event before it too", async (_what, event, code) => {
    const { store } = bench();
    const good = { type: "MoneyPaidIn", data: { amount: 1 } };
    await expect(store.transact((transaction) => transaction.append("account-a", 0, [good, event], { meta, at: 1 }))).rejects.toMatchObject({ code });
    expect((await store.head()).position).toBe(0);
  });

  test.each([
    ["no stream id", "", { meta, at: 1 }],
    ["a stream id of 201 characters", "s".repeat(201), { meta, at: 1 }],
    ["a time that is no time", "account-a", { meta, at: Number.NaN }],
    ["meta without an actor", "account-a", { meta: { ...meta, actor: "" }, at: 1 }],
    ["meta of more than 2 KiB", "account-a", { meta: { ...meta, more: "x".repeat(2_048) }, at: 1 }],
  ])("refuses %s", async (_what, streamId, context) => {
    const { store } = bench();
    const events = [{ type: "MoneyPaidIn", data: { amount: 1 } }];
    await expect(store.transact((transaction) => transaction.append(streamId, 0, events, context))).rejects.toHaveProperty("code");
    expect((await store.head()).position).toBe(0);
  });

  test("leaves out fields that are absent", async () => {
    const { store } = bench();
    const events = [{ type: "MoneyPaidIn", data: { amount: 1, note: undefined } }];
    const [event] = await store.transact((transaction) => transaction.append("account-a", 0, events, { meta, at: 1 }));
    expect(Object.keys(event?.data ?? {})).toEqual(["amount"]);
  });

  test("the log can not be changed or shortened", async () => {
    const { store } = bench();
    await store.transact((transaction) => payIn(transaction, "a", 0));
    const before = await store.transact((transaction) => transaction.read("account-a"));
    await expect(store.transact(({ sql }) => sql.updateTable("es_events").set({ data: "{}" }).execute())).rejects.toThrow("append-only");
    await expect(store.transact(({ sql }) => sql.deleteFrom("es_events").execute())).rejects.toThrow("append-only");
    expect(await store.transact((transaction) => transaction.read("account-a"))).toEqual(before);
  });
};
