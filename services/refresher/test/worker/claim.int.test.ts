import { Secret } from "@mcp-auth-proxy/crypto";
import { openPostgresStore, openSqliteStore, type EventStore } from "@mcp-auth-proxy/event-store";
import { createFakeClock, waitFor } from "@mcp-auth-proxy/testing";
import { launchPostgres, type LaunchedPostgres } from "@mcp-auth-proxy/testing/servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refresherStore } from "../../src/index.ts";
import { claimIn, mayHaveSent, noteSending, releaseIn } from "../../src/worker/claim.ts";

const credentialId = "c".repeat(43);
const clock = createFakeClock();
let postgres: LaunchedPostgres;

beforeAll(async () => {
  postgres = await launchPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

interface Kind {
  readonly name: string;
  /** Two processes on one database, as far as the database can have two. */
  readonly open: () => Promise<readonly [EventStore, EventStore]>;
  /** Lets time pass on the database's clock. */
  readonly pass: (ms: number) => Promise<void>;
}

const kinds: readonly Kind[] = [
  {
    name: "SQLite",
    open: async () => {
      const store = await openSqliteStore({ definition: refresherStore, file: ":memory:", clock });
      return [store, store];
    },
    pass: async (ms) => clock.advance(ms),
  },
  {
    name: "PostgreSQL",
    open: async () => {
      const url = Secret.of(await postgres.createDatabase());
      const one = await openPostgresStore({ definition: refresherStore, url, schema: "refresher", clock });
      return [one, await openPostgresStore({ definition: refresherStore, url, schema: "refresher", clock })];
    },
    pass: async (ms) => {
      const from = Date.now();
      await waitFor("time to pass", () => Date.now() > from + ms, { everyMs: 5 });
    },
  },
];

const claim = (store: EventStore, ttlMs = 60_000): Promise<number | undefined> =>
  store.transact(async (transaction) => claimIn(transaction.sql, { credentialId, now: await transaction.databaseTime(), ttlMs }));
const note = (store: EventStore, epoch: number, attemptId: string): Promise<boolean> =>
  store.transact(async (transaction) => noteSending(transaction.sql, { credentialId, epoch, attemptId, now: await transaction.databaseTime() }));

const close = async (...stores: readonly EventStore[]): Promise<void> => {
  for (const store of new Set(stores)) await store.close();
};

describe.each(kinds)("a claim on $name", ({ open, pass }) => {
  it("is one replica's, until it is given back", async () => {
    const [one, other] = await open();
    const claims = await Promise.all(Array.from({ length: 20 }, (_, at) => claim(at % 2 === 0 ? one : other)));
    expect(claims.filter((epoch) => epoch !== undefined)).toEqual([1]);
    await one.transact(({ sql }) => releaseIn(sql, credentialId, 1));
    expect(await claim(other)).toBe(2);
    // Too late: it is another's by now.
    await one.transact(({ sql }) => releaseIn(sql, credentialId, 1));
    expect(await claim(one)).toBeUndefined();
    await close(one, other);
  });

  it("is another's when its time is over by the database's clock, and then nothing is sent for the first one", async () => {
    const [one, other] = await open();
    expect(await claim(one, 2_000)).toBe(1);
    expect(await note(one, 1, "first")).toBe(true);
    expect(await claim(other)).toBeUndefined();
    await pass(2_100);
    // Its own, but over: whoever comes next may be here any moment.
    expect(await note(one, 1, "first")).toBe(false);
    expect(await claim(other)).toBe(2);
    expect(await note(one, 1, "first")).toBe(false);
    expect(await mayHaveSent(other.sql, credentialId, "first")).toBe(true);
    expect(await mayHaveSent(other.sql, credentialId, "second")).toBe(false);
    expect(await note(other, 2, "second")).toBe(true);
    expect(await mayHaveSent(one.sql, credentialId, "second")).toBe(true);
    await close(one, other);
  });
});
