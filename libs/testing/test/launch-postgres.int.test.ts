import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type LaunchedPostgres, launchPostgres } from "../src/launch-postgres.ts";
import { descendants } from "../src/processes.ts";
import { waitFor } from "../src/wait-for.ts";

let postgres: LaunchedPostgres;
beforeAll(async () => {
  postgres = await launchPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());
afterEach(() => vi.unstubAllEnvs());

test("each database is empty and apart from the others", async () => {
  const [one, other] = [await postgres.createDatabase(), await postgres.createDatabase()];
  await postgres.execute("create table notes (note text)", one);
  expect(await postgres.execute("select count(*)::int as tables from pg_tables where schemaname = 'public'", one)).toEqual([{ tables: 1 }]);
  expect(await postgres.execute("select count(*)::int as tables from pg_tables where schemaname = 'public'", other)).toEqual([{ tables: 0 }]);
});

test("a server that was named is used, and given back without what was made in it", async () => {
  vi.stubEnv("TEST_DATABASE_URL", postgres.url);
  const borrowed = await launchPostgres();
  const name = new URL(await borrowed.createDatabase()).pathname.slice(1);
  await borrowed[Symbol.asyncDispose]();
  expect(await postgres.execute(`select 1 from pg_database where datname = '${name}'`)).toEqual([]);
});

test("nothing of a server is left when it is disposed", async () => {
  vi.stubEnv("TEST_DATABASE_URL", undefined);
  const running = () => descendants(process.pid).filter(({ commandLine }) => commandLine.includes("postgres")).length;
  const before = running();
  const another = await launchPostgres();
  expect(running()).toBeGreaterThan(before);
  await another[Symbol.asyncDispose]();
  await waitFor("its processes to be gone", () => running() === before);
});
