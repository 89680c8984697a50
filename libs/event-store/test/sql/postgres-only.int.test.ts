import { Secret } from "@mcp-auth-proxy/crypto";
import { CompiledQuery } from "kysely";
import { describe, expect, test } from "vitest";
import type { EventStore } from "../../src/port.ts";
import { openPostgresStore } from "../../src/sql/postgres.ts";
import { payIn } from "../../src/testing/fixture.ts";
import { ledger } from "../../src/testing/ledger.ts";
import { clock, usePostgres } from "./postgres-bench.ts";

const bench = usePostgres();
const start = { logEpoch: 1, position: 0 };
const run = (store: EventStore, statement: string) => store.transact(({ sql }) => sql.executeQuery(CompiledQuery.raw(statement)));
const rowsOf = async (store: EventStore, statement: string): Promise<readonly unknown[]> => (await run(store, statement)).rows;

describe("the limits of a connection", () => {
  test.each([
    ["statement_timeout", "10s"],
    ["lock_timeout", "8s"],
    ["idle_in_transaction_session_timeout", "10s"],
    ["default_transaction_isolation", "read committed"],
    ["search_path", "ledger"],
  ])("%s is %s", async (setting, wanted) => {
    expect(await rowsOf(await bench().open(), `show ${setting}`)).toEqual([{ [setting]: wanted }]);
  });
});

describe("the log", () => {
  test("an event leaves it for the archive only, and gets there from the log only", async () => {
    const store = await bench().open();
    await store.transact((transaction) => payIn(transaction, "a", 0));
    const columns = "position, log_epoch, event_id, stream_id, stream_version, type, schema, at, data, meta";
    const archive = (select: string) => run(store, `insert into es_archive (${columns}) ${select}`);
    await expect(archive("select 7, 1, 'e', 's', 1, 'MoneyPaidIn', 1, 1, '{}', '{}'")).rejects.toThrow("events of the log only");
    await expect(archive(`select ${columns.replace("data", `'{"amount":1000}'`)} from es_events`)).rejects.toThrow("events of the log only");
    await expect(run(store, "delete from es_events")).rejects.toThrow("append-only");
    await archive(`select ${columns} from es_events`);
    await expect(run(store, "delete from es_archive")).rejects.toThrow("append-only");
    await expect(run(store, "update es_archive set data = '{}'")).rejects.toThrow("append-only");
    await run(store, "delete from es_events");
    expect((await store.readFeed(start, 1)).events[0]?.data).toEqual({ amount: 1 });
  });

  test.each(["truncate es_events", "truncate es_archive", "update es_events set at = 0"])("refuses %s", async (statement) => {
    const store = await bench().open();
    await store.transact((transaction) => payIn(transaction, "a", 0));
    await expect(run(store, statement)).rejects.toThrow("append-only");
    expect((await store.head()).position).toBe(1);
  });

  test("an audit table of a service refuses changes, too", async () => {
    const audited = { ...ledger, migrations: [...ledger.migrations, { name: "ledger-002-audit", up: ["create table au_trail (id text primary key)"], appendOnly: ["au_trail"] }] };
    const store = await openPostgresStore({ definition: audited, url: Secret.of(bench().url), schema: "ledger", clock });
    await run(store, "insert into au_trail (id) values ('a')");
    for (const change of ["update au_trail set id = 'b'", "delete from au_trail", "truncate au_trail"]) await expect(run(store, change)).rejects.toThrow("append-only");
    expect(await rowsOf(store, "select id from au_trail")).toEqual([{ id: "a" }]);
    await store.close();
  });

  test("refuses data that is no JSON", async () => {
    const store = await bench().open();
    const event = "insert into es_events (log_epoch, event_id, stream_id, stream_version, type, schema, at, data, meta) values (1, 'e', 's', 1, 'MoneyPaidIn', 1, 1, 'no json', '{}')";
    await expect(run(store, event)).rejects.toThrow(/json/);
  });

  test("schemas of one database know nothing of each other", async () => {
    const [one, other] = [await bench().open("one"), await bench().open("other")];
    await one.transact((transaction) => payIn(transaction, "a", 0));
    expect([(await one.head()).position, (await other.head()).position]).toEqual([1, 0]);
    expect(await other.sql.selectFrom("rm_movements").selectAll().execute()).toEqual([]);
  });
});

describe("numbers", () => {
  test("come back as numbers: bigint, count and sum", async () => {
    const store = await bench().open();
    const rows = await rowsOf(store, "select 1700000000000::bigint as big, count(*) as counted, sum(n) as summed from (values (1::bigint), (2::bigint)) as v(n)");
    expect(rows).toEqual([{ big: 1_700_000_000_000, counted: 2, summed: 3 }]);
  });

  test("refuse to come back as another one", async () => {
    await expect(rowsOf(await bench().open(), "select 9007199254740993::bigint")).rejects.toThrow(/too large/);
  });
});

describe("a transaction", () => {
  test("that goes on after a statement has failed is refused, and not silently lost", async () => {
    const store = await bench().open();
    const swallowing = store.transact(async (transaction) => {
      await payIn(transaction, "a", 0);
      await transaction.sql.insertInto("no_such_table").values({ id: 1 }).execute().catch((error: unknown) => error);
      return "all is well";
    });
    await expect(swallowing).rejects.toThrow("current transaction is aborted");
    expect((await store.head()).position).toBe(0);
  });

  test("whose connection is lost answers unavailable, keeps nothing, and the store goes on", async () => {
    const store = await bench().open();
    const cut = store.transact(async (transaction) => {
      await payIn(transaction, "a", 0);
      const { rows } = await transaction.sql.executeQuery<{ readonly pid: number }>(CompiledQuery.raw("select pg_backend_pid() as pid"));
      await bench().server.execute(`select pg_terminate_backend(${rows[0]?.pid})`);
      await payIn(transaction, "b", 0);
    });
    await expect(cut).rejects.toMatchObject({ code: "unavailable" });
    await store.transact((transaction) => payIn(transaction, "a", 0));
    expect((await store.readFeed(start, 10)).events.map((event) => event.streamId)).toEqual(["account-a"]);
  });

  test("uses the clock of the database", async () => {
    const store = await bench().open();
    const [before] = await bench().server.execute("select (extract(epoch from now()) * 1000)::float8 as now");
    const time = await store.transact((transaction) => transaction.databaseTime());
    expect(time).toBeGreaterThanOrEqual(Math.floor(Number(before?.["now"])));
    expect(Number.isSafeInteger(time)).toBe(true);
  });
});

test("refuses a log whose epoch can not be read", async () => {
  const store = await bench().open();
  await run(store, "delete from es_meta");
  await store.close();
  await expect(bench().open()).rejects.toMatchObject({ code: "refused" });
});

test("refuses an event whose data was damaged", async () => {
  const store = await bench().open();
  await store.transact((transaction) => payIn(transaction, "a", 0));
  await store.close();
  await bench().server.execute("alter table ledger.es_events disable trigger user", bench().url);
  await bench().server.execute("update ledger.es_events set data = '[]'", bench().url);
  const again = await bench().open();
  await expect(again.transact((transaction) => transaction.read("account-a"))).rejects.toMatchObject({ code: "refused" });
});
