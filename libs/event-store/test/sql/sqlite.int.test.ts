import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { CompiledQuery } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EventStore } from "../../src/port.ts";
import { openSqliteStore } from "../../src/sql/sqlite.ts";
import { eventStoreContract } from "../../src/testing/event-store.contract.ts";
import { payIn } from "../../src/testing/fixture.ts";
import { ledger } from "../../src/testing/ledger.ts";

const openAndClose = fileURLToPath(new URL("open-and-close.ts", import.meta.url));
const makeFolder = () => mkdtemp(join(tmpdir(), "event-store-"));
const removeFolder = (folder: string) => rm(folder, { recursive: true, force: true });
const clock = { now: () => 1_700_000_000_000 };

eventStoreContract("SQLite in a file", async () => {
  const folder = await makeFolder();
  return {
    open: (options) => openSqliteStore({ ...options, file: join(folder, "store.db") }),
    remove: () => removeFolder(folder),
  };
});

describe("SQLite in a file", () => {
  let folder: string;
  let file: string;
  let opened: EventStore[] = [];
  const open = async (path = file, definition = ledger): Promise<EventStore> => {
    const store = await openSqliteStore({ definition, file: path, clock });
    opened.push(store);
    return store;
  };
  beforeEach(async () => {
    folder = await makeFolder();
    file = join(folder, "store.db");
  });
  afterEach(async () => {
    for (const store of opened) await store.close();
    opened = [];
    await removeFolder(folder);
  });

  test("is readable by its owner only, the write-ahead files too", async () => {
    const before = process.umask(0);
    try {
      const store = await open();
      await store.transact((transaction) => payIn(transaction, "a", 0));
    } finally {
      process.umask(before);
    }
    const names = (await readdir(folder)).sort();
    expect(names).toEqual(["store.db", "store.db-shm", "store.db-wal"]);
    for (const name of names) expect(((await stat(join(folder, name))).mode & 0o777).toString(8)).toBe("600");
  });

  test("takes back the rights that others had on a file from before", async () => {
    await writeFile(file, "", { mode: 0o644 });
    await open();
    expect(((await stat(file)).mode & 0o777).toString(8)).toBe("600");
  });

  test.each([
    ["journal_mode", "wal"],
    ["synchronous", 2],
    ["foreign_keys", 1],
    ["recursive_triggers", 1],
    ["secure_delete", 1],
    ["busy_timeout", 5_000],
  ])("runs with %s at %s", async (pragma, wanted) => {
    const store = await open();
    const { rows } = await store.transact(({ sql }) => sql.executeQuery(CompiledQuery.raw(`pragma ${pragma}`)));
    expect(Object.values(rows[0] ?? {})).toEqual([wanted]);
  });

  test("an event can not be replaced past the triggers", async () => {
    const store = await open();
    await store.transact((transaction) => payIn(transaction, "a", 0));
    const replace = "insert or replace into es_events select position, log_epoch, event_id, stream_id, stream_version, type, schema, at, '{}', meta from es_events";
    await expect(store.transact(({ sql }) => sql.executeQuery(CompiledQuery.raw(replace)))).rejects.toThrow("append-only");
    expect((await store.readFeed({ logEpoch: 1, position: 0 }, 1)).events[0]?.data).toEqual({ amount: 1 });
  });

  test("a position is never given twice, not even when the end of the log was lost", async () => {
    const store = await open();
    await store.transact(async (transaction) => {
      await payIn(transaction, "a", 0);
      await payIn(transaction, "b", 0);
    });
    await store.close();
    const database = new DatabaseSync(file);
    database.exec("drop trigger es_events_no_delete; delete from es_events where position = 2");
    database.close();
    const [event] = await (await open()).transact((transaction) => payIn(transaction, "c", 0));
    expect(event?.position).toBe(3);
  });

  test("leaves nothing of a deleted row in its files", async () => {
    const store = await open();
    await store.transact(({ sql }) => sql.insertInto("tt_notes").values({ id: "n", note: "shred-me-please" }).execute());
    await store.transact(({ sql }) => sql.deleteFrom("tt_notes").execute());
    await store.close();
    const database = new DatabaseSync(file);
    const { page_count: pages } = database.prepare("pragma page_count").get() ?? {};
    database.close();
    expect(pages).toBeGreaterThan(1);
    expect(await readdir(folder)).toEqual(["store.db"]);
    expect((await readFile(file)).includes("shred-me-please")).toBe(false);
  });

  test("refuses an integer that would come back as another", async () => {
    const store = await open();
    const database = new DatabaseSync(file);
    database.exec("create table tt_big (n integer); insert into tt_big values (9007199254740993)");
    database.close();
    await expect(store.sql.selectFrom("tt_big").selectAll().execute()).rejects.toThrow(/too large/);
  });

  test("refuses a file that is no database, and leaves it as it is", async () => {
    await writeFile(file, "this is not a database, it is a letter".repeat(100));
    await expect(open()).rejects.toThrow();
    expect(String(await readFile(file))).toContain("it is a letter");
  });

  test("refuses a log whose epoch can not be read", async () => {
    const store = await open();
    await store.transact(({ sql }) => sql.deleteFrom("es_meta").execute());
    await store.close();
    await expect(open()).rejects.toMatchObject({ code: "refused" });
  });

  test("refuses an event whose data was damaged", async () => {
    const store = await open();
    await store.transact((transaction) => payIn(transaction, "a", 0));
    await store.close();
    const database = new DatabaseSync(file);
    database.exec("drop trigger es_events_no_update; update es_events set data = '[]'");
    database.close();
    const again = await open();
    await expect(again.transact((transaction) => transaction.read("account-a"))).rejects.toMatchObject({ code: "refused" });
  });

  test("answers unavailable while another process holds the file, and works again after", async () => {
    const store = await open();
    await store.transact(({ sql }) => sql.executeQuery(CompiledQuery.raw("pragma busy_timeout = 1")));
    const other = new DatabaseSync(file);
    other.exec("begin immediate");
    await expect(store.transact((transaction) => payIn(transaction, "a", 0))).rejects.toMatchObject({ code: "unavailable" });
    other.exec("rollback");
    other.close();
    await store.transact((transaction) => payIn(transaction, "a", 0));
    expect((await store.head()).position).toBe(1);
  });

  test("two stores do not share a transaction, even one inside of the other's", async () => {
    const auth = await open(join(folder, "auth.db"));
    const vault = await open(join(folder, "vault.db"));
    const outer = auth.transact(async (transaction) => {
      await payIn(transaction, "a", 0);
      await vault.transact((other) => payIn(other, "v", 0));
      throw new Error("auth takes it back");
    });
    await expect(outer).rejects.toThrow("auth takes it back");
    expect([(await auth.head()).position, (await vault.head()).position]).toEqual([0, 1]);
    expect((await vault.readFeed({ logEpoch: 1, position: 0 }, 1)).events[0]?.streamId).toBe("account-v");
  });

  test("an event leaves the log for the archive only, and gets there from the log only", async () => {
    const store = await open();
    await store.transact((transaction) => payIn(transaction, "a", 0));
    const columns = "position, log_epoch, event_id, stream_id, stream_version, type, schema, at, data, meta";
    const run = (statement: string) => store.transact(({ sql }) => sql.executeQuery(CompiledQuery.raw(statement)));
    await expect(run("insert into es_archive select 7, 1, 'e', 's', 1, 'MoneyPaidIn', 1, 1, '{}', '{}'")).rejects.toThrow("events of the log only");
    await expect(run(`insert into es_archive select ${columns.replace("data", `'{"amount":1000}'`)} from es_events`)).rejects.toThrow("events of the log only");
    await expect(run("delete from es_events")).rejects.toThrow("append-only");
    await run(`insert into es_archive select ${columns} from es_events`);
    await expect(run("delete from es_archive")).rejects.toThrow("append-only");
    await expect(run("update es_archive set data = '{}'")).rejects.toThrow("append-only");
    await run("delete from es_events");
    expect((await store.readFeed({ logEpoch: 1, position: 0 }, 1)).events[0]?.data).toEqual({ amount: 1 });
  });

  test("a file from before snapshots gets their table, and keeps what it holds", async () => {
    const store = await open();
    await store.transact((transaction) => payIn(transaction, "a", 0));
    await store.close();
    const database = new DatabaseSync(file);
    database.exec("drop table es_snapshots");
    database.exec("delete from es_migrations where name = 'event-store-002-snapshots'");
    database.close();
    const again = await open();
    expect(await again.sql.selectFrom("es_snapshots").selectAll().execute()).toEqual([]);
    expect((await again.head()).position).toBe(1);
  });

  test("processes that start at once on a new file all get it, migrated once", async () => {
    const codes = await Promise.all([1, 2, 3].map(() => once(spawn(process.execPath, [openAndClose, file], { stdio: ["ignore", "ignore", "inherit"] }), "close")));
    expect(codes.map(([code]: readonly unknown[]) => code)).toEqual([0, 0, 0]);
    const database = new DatabaseSync(file);
    const names = database.prepare("select name from es_migrations order by id").all();
    database.close();
    const expected = ["event-store-001-log", "event-store-002-snapshots", "event-store-003-archive", "event-store-004-leases", "ledger-001-movements"];
    expect(names).toMatchObject(expected.map((name) => ({ name })));
  });
});
