import { expect, test } from "vitest";
import { createCommandHandler } from "../../command-handler.ts";
import { payIn, type StoreFixture, useBench } from "../fixture.ts";
import { account, ledger } from "../ledger.ts";
import { meta } from "../meta.ts";

const start = { logEpoch: 1, position: 0 };

/** The ledger before it knew of money that is taken out, or after its shape has changed. */
const knowing = (eventTypes: Readonly<Record<string, number>>) => ({ ...ledger, deciders: [{ ...account, eventTypes }] });

export const reopenContract = (create: () => Promise<StoreFixture>): void => {
  const bench = useBench(create);

  test("the log, the rows and the read models are there again", async () => {
    await bench().store.transact(async (transaction) => {
      await payIn(transaction, "a", 0);
      await transaction.sql.insertInto("tt_notes").values({ id: "n", note: "kept" }).execute();
    });
    const before = await bench().store.transact((transaction) => transaction.read("account-a"));
    const store = await bench().reopen();
    expect(await store.transact((transaction) => transaction.read("account-a"))).toEqual(before);
    expect(await store.sql.selectFrom("tt_notes").select("note").execute()).toEqual([{ note: "kept" }]);
    expect(await store.sql.selectFrom("rm_movements").select("moved").execute()).toEqual([{ moved: 1 }]);
    await store.transact((transaction) => payIn(transaction, "a", 1));
    expect((await store.head()).position).toBe(2);
  });

  test("a command that was handled before is not handled again", async () => {
    const command = { commandId: "c1", name: "pay-in", meta };
    await createCommandHandler(bench())(command, () => Promise.resolve("before"));
    const store = await bench().reopen();
    expect(await createCommandHandler({ store, clock: bench().clock })(command, () => Promise.resolve("after"))).toBe("before");
  });

  test.each([
    ["an event type that it does not know", { MoneyPaidIn: 1 }, { MoneyPaidIn: 1, MoneyTakenOut: 1 }],
    ["a schema above the one it knows", { MoneyPaidIn: 1, MoneyTakenOut: 1 }, { MoneyPaidIn: 1, MoneyTakenOut: 2 }],
    ["a schema below the one it knows, which nothing brings up", { MoneyPaidIn: 1, MoneyTakenOut: 2 }, { MoneyPaidIn: 1, MoneyTakenOut: 1 }],
  ])("refuses a stream, a feed and a rebuild with %s", async (_what, reads, wrote) => {
    const writer = await bench().reopen(knowing(wrote));
    const events = [
      { type: "MoneyPaidIn", data: { amount: 5 } },
      { type: "MoneyTakenOut", data: { amount: 1 } },
    ];
    await writer.transact((transaction) => transaction.append("account-a", 0, events, { meta, at: 1 }));
    await writer.transact((transaction) => payIn(transaction, "b", 0));
    const reader = await bench().reopen(knowing(reads));
    await expect(reader.transact((transaction) => transaction.read("account-a"))).rejects.toMatchObject({ code: "refused" });
    await expect(reader.readFeed(start, 10)).rejects.toMatchObject({ code: "refused" });
    await expect(reader.rebuild()).rejects.toMatchObject({ code: "refused" });
    expect(await reader.sql.selectFrom("rm_movements").selectAll().execute()).toHaveLength(2);
    expect(await reader.transact((transaction) => transaction.read("account-b"))).toHaveLength(1);
  });

  test("runs new migrations on old data, once", async () => {
    await bench().store.transact(({ sql }) => sql.insertInto("tt_notes").values({ id: "n", note: "old" }).execute());
    const next = { name: "ledger-002-color", up: ["alter table tt_notes add column color text", "update tt_notes set color = 'blue'"] };
    const newer = { ...ledger, migrations: [...ledger.migrations, next] };
    const store = await bench().reopen(newer);
    expect(await store.sql.selectFrom("tt_notes").selectAll().execute()).toEqual([{ id: "n", note: "old", color: "blue" }]);
    const again = await bench().reopen(newer);
    expect(await again.sql.selectFrom("tt_notes").selectAll().execute()).toEqual([{ id: "n", note: "old", color: "blue" }]);
  });

  test("a migration that fails leaves nothing of any", async () => {
    const half = { name: "ledger-002-half", up: ["create table tt_half (id text not null primary key)"] };
    const broken = { name: "ledger-003-broken", up: ["create table tt_more (id text not null primary key)", "insert into tt_missing (id) values ('x')"] };
    await expect(bench().reopen({ ...ledger, migrations: [...ledger.migrations, half, broken] })).rejects.toThrow("tt_missing");
    const store = await bench().reopen();
    await expect(store.sql.selectFrom("tt_half").selectAll().execute()).rejects.toThrow();
    await expect(store.sql.selectFrom("tt_more").selectAll().execute()).rejects.toThrow();
  });

  test("refuses a database that a newer version has migrated, and leaves it as it was", async () => {
    const newer = { ...ledger, migrations: [...ledger.migrations, { name: "ledger-002-later", up: ["create table tt_later (id text not null primary key)"] }] };
    await bench().reopen(newer);
    const older = { ...ledger, migrations: [...ledger.migrations, { name: "ledger-002-other", up: ["create table tt_other (id text not null primary key)"] }] };
    const refused = bench().reopen(older);
    await expect(refused).rejects.toMatchObject({ code: "refused" });
    await expect(refused).rejects.toThrow("ledger-002-later");
    const store = await bench().reopen(newer);
    await expect(store.sql.selectFrom("tt_other").selectAll().execute()).rejects.toThrow();
  });

  test("a raised log epoch marks new events and starts every reader anew", async () => {
    await bench().store.transact(async (transaction) => {
      await payIn(transaction, "a", 0);
      await transaction.sql.updateTable("es_meta").set({ value: "2" }).where("key", "=", "log_epoch").execute();
    });
    const store = await bench().reopen();
    await store.transact((transaction) => payIn(transaction, "a", 1));
    const page = await store.readFeed({ logEpoch: 1, position: 1 }, 10);
    expect(page.events.map((event) => [event.logEpoch, event.streamVersion])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(page.next).toEqual({ logEpoch: 2, position: 2 });
  });
};
