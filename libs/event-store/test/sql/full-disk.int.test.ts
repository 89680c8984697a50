import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompiledQuery } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EventStore } from "../../src/port.ts";
import { openSqliteStore } from "../../src/sql/sqlite.ts";
import { payIn } from "../../src/testing/fixture.ts";
import { account, ledger } from "../../src/testing/ledger.ts";

let folder: string;
let store: EventStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "event-store-"));
  store = await openSqliteStore({ definition: ledger, file: join(folder, "store.db"), clock: { now: () => 1_700_000_000_000 } });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** SQLite's own limit on a file: the same error as a disk without room (SQLITE_FULL). */
const limitPages = (pages: number) =>
  store.transact((transaction) => transaction.sql.executeQuery(CompiledQuery.raw(`pragma max_page_count = ${pages}`)));

const fill = async (): Promise<number> => {
  for (let version = 0; version < 10_000; version += 1) {
    try {
      await store.transact((transaction) => payIn(transaction, "a", version));
    } catch {
      return version;
    }
  }
  throw new Error("the limit was never reached");
};

test("a full disk refuses what does not fit, keeps what was acknowledged, and goes on when there is room again", async () => {
  await limitPages(1);
  const acknowledged = await fill();
  const read = () => store.transact((transaction) => transaction.read(account.streamId("a")));
  expect(await read()).toHaveLength(acknowledged);
  await limitPages(1_000_000);
  await store.transact((transaction) => payIn(transaction, "a", acknowledged));
  expect(await read()).toHaveLength(acknowledged + 1);
});

test("a transaction that SQLite itself took back, as a failing disk makes it do, leaves the store usable", async () => {
  const failing = store.transact(async (transaction) => {
    await transaction.sql.executeQuery(CompiledQuery.raw("rollback"));
    throw new Error("disk I/O error");
  });
  await expect(failing).rejects.toThrow();
  await store.transact((transaction) => payIn(transaction, "a", 0));
  expect((await store.head()).position).toBe(1);
});
