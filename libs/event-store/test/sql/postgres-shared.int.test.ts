import { waitFor } from "@mcp-auth-proxy/testing";
import { expect, test } from "vitest";
import { createCommandHandler } from "../../src/command-handler.ts";
import { ConcurrencyError } from "../../src/concurrency-error.ts";
import type { EventStore, FeedPosition } from "../../src/port.ts";
import { createProcessor } from "../../src/processor.ts";
import { payIn, times } from "../../src/testing/fixture.ts";
import { account } from "../../src/testing/ledger.ts";
import { meta } from "../../src/testing/meta.ts";
import { clock, usePostgres } from "./postgres-bench.ts";
import { beginRaw } from "./raw-connection.ts";

const bench = usePostgres();
const start: FeedPosition = { logEpoch: 1, position: 0 };
const insert = (id: string, stream: string, version: number) =>
  `insert into es_events (log_epoch, event_id, stream_id, stream_version, type, schema, at, data, meta)
   values (1, '${id}', '${stream}', ${version}, 'MoneyPaidIn', 1, 1, '{"amount":1}', '{"correlationId":"c","actor":"another program"}')`;
const streams = async (store: EventStore, after = start) => (await store.readFeed(after, 1_000)).events.map((event) => event.streamId);
/** Whether a transaction waits for another one's turn to end. */
const somebodyWaits = async () => (await bench().server.execute("select 1 from pg_locks where locktype = 'advisory' and not granted", bench().url)).length > 0;

test("an open transaction that has appended makes later ones wait, and a reader in between skips none", async () => {
  const store = await bench().open();
  await store.transact((transaction) => payIn(transaction, "first", 0));
  const other = await beginRaw(bench().url, bench().schema);
  await other.run(insert("e-1", "account-early", 1));
  let done = false;
  const late = store.transact((transaction) => payIn(transaction, "late", 0)).then(() => (done = true));
  await waitFor("the later one to wait", somebodyWaits);
  const between = await store.readFeed(start, 10);
  expect([done, between.events.map((event) => event.streamId)]).toEqual([false, ["account-first"]]);
  await other.commit();
  await late;
  expect(await streams(store, between.next)).toEqual(["account-early", "account-late"]);
});

test("an append that another program makes waits, too, and does not get a place before what it waited for", async () => {
  const store = await bench().open();
  const appended = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const early = store.transact(async (transaction) => {
    await payIn(transaction, "early", 0);
    appended.resolve();
    await end.promise;
  });
  await appended.promise;
  const other = await beginRaw(bench().url, bench().schema);
  const late = other.run(insert("e-1", "account-late", 1)).then(() => other.commit());
  await waitFor("the other program to wait", somebodyWaits);
  end.resolve();
  await Promise.all([early, late]);
  expect(await streams(store)).toEqual(["account-early", "account-late"]);
});

test("a reader never skips an event while several processes write", async () => {
  const stores = await times(4, () => bench().open());
  const reader = await bench().open();
  const writing = times(60, (index) => (stores[index % 4] ?? reader).transact((transaction) => payIn(transaction, String(index), 0)));
  const seen: string[] = [];
  for (let place = start; seen.length < 60; ) {
    const page = await reader.readFeed(place, 7);
    seen.push(...page.events.map((event) => event.streamId));
    place = page.next;
  }
  await writing;
  expect(new Set(seen).size).toBe(60);
  expect(seen).toEqual(await streams(reader));
});

test("commands of several processes on one stream leave no gap, and each decides on what the one before left", async () => {
  const stores = await times(4, () => bench().open());
  const outcomes = await times(40, (index) => {
    const handle = createCommandHandler({ store: stores[index % 4] ?? stores[0], clock } as Parameters<typeof createCommandHandler>[0]);
    const kind = index % 2 === 0 ? "pay-in" : "take-out";
    return handle({ name: kind, meta }, (unit) => unit.execute(account, "a", { kind, amount: 1 }));
  });
  const done = outcomes.filter((outcome) => outcome.ok).length;
  const events = (await stores[0]?.transact((transaction) => transaction.read("account-a"))) ?? [];
  expect(events.map((event) => event.streamVersion)).toEqual(Array.from({ length: done }, (_, index) => index + 1));
  let balance = 0;
  for (const event of events) {
    balance += event.type === "MoneyPaidIn" ? 1 : -1;
    expect(balance).toBeGreaterThanOrEqual(0);
  }
});

test("a version that another program takes between a look and an append is a conflict, and is decided anew", async () => {
  const store = await bench().open();
  const handle = createCommandHandler({ store, clock });
  let runs = 0;
  const { value } = await handle({ name: "pay-in", meta }, async (unit) => {
    runs += 1;
    await unit.load(account, "a");
    // A trigger that was switched off, or a version from before it.
    if (runs === 1) {
      const other = await beginRaw(bench().url, bench().schema);
      await other.run("set local session_replication_role = replica");
      await other.run(insert("e-1", "account-a", 1));
      await other.commit();
    }
    return { value: await unit.execute(account, "a", { kind: "pay-in", amount: 1 }) };
  });
  expect([runs, value]).toMatchObject([2, { ok: true, value: { state: 2 } }]);
});

test("a transaction that the database takes back, because it and another wait for each other, is a conflict", async () => {
  const store = await bench().open();
  const other = await beginRaw(bench().url, bench().schema);
  // The one whose patience ends first is taken back.
  await other.run("set local deadlock_timeout = '60s'");
  await other.run("insert into tt_notes (id, note) values ('theirs', 'n')");
  const isWaiting = async () => (await bench().server.execute("select 1 from pg_locks where not granted", bench().url)).length > 0;
  let theirs: Promise<unknown> = Promise.resolve();
  const ours = store.transact(async ({ sql }) => {
    await sql.insertInto("tt_notes").values({ id: "ours", note: "n" }).execute();
    theirs = other.run("insert into tt_notes (id, note) values ('ours', 'n')");
    await waitFor("the other to wait", isWaiting);
    await sql.insertInto("tt_notes").values({ id: "theirs", note: "n" }).execute();
  });
  await expect(ours).rejects.toBeInstanceOf(ConcurrencyError);
  await theirs;
  await other.commit();
});

test("processes that start at once on a new schema all get it, migrated once", async () => {
  const stores = await times(5, () => bench().open());
  const { sql } = stores[0] ?? (await bench().open());
  expect(await sql.selectFrom("es_migrations").select("name").orderBy("id").execute()).toMatchObject(
    ["event-store-001-log", "event-store-002-snapshots", "event-store-003-archive", "event-store-004-leases", "ledger-001-movements"].map((name) => ({ name })),
  );
});

const recorder = (store: EventStore) => {
  const handled: string[] = [];
  const processor = createProcessor({ store, clock, name: "relay", pollMs: 10, handle: async (events) => void handled.push(...events.map((event) => event.streamId)) });
  return { handled, processor };
};

test("of two processors of one name one is active, and the other takes over when it stops", async () => {
  const [one, other] = [await bench().open(), await bench().open()];
  const [first, second] = [recorder(one), recorder(other)];
  first.processor.start();
  await one.transact((transaction) => payIn(transaction, "a", 0));
  await waitFor("the first to handle it", () => first.handled.length === 1);
  second.processor.start();
  await other.transact((transaction) => payIn(transaction, "b", 0));
  await waitFor("the first to handle what the other process wrote", () => first.handled.length === 2);
  await first.processor.stop();
  await other.transact((transaction) => payIn(transaction, "c", 0));
  await waitFor("the second to take over", () => second.handled.length > 0);
  await second.processor.stop();
  expect([first.handled, second.handled]).toEqual([["account-a", "account-b"], ["account-c"]]);
});

test("a processor that was silent for too long does not move the checkpoint any more", async () => {
  const [one, other] = [await bench().open(), await bench().open()];
  const begun = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const errors: unknown[] = [];
  const slow = createProcessor({
    store: one,
    clock,
    name: "relay",
    pollMs: 10,
    handle: async () => {
      begun.resolve();
      await release.promise;
    },
    onError: (error) => errors.push(error),
  });
  await one.transact((transaction) => payIn(transaction, "a", 0));
  slow.start();
  await begun.promise;
  await one.transact(({ sql }) => sql.updateTable("es_leases").set({ held_until: 1 }).execute());
  const second = recorder(other);
  second.processor.start();
  await waitFor("the second to take over", () => second.handled.length === 1);
  release.resolve();
  await waitFor("the first to notice", () => errors.length > 0);
  expect(errors[0]).toBeInstanceOf(ConcurrencyError);
  await slow.stop();
  await second.processor.stop();
});
