import { type LaunchedPostgres, launchPostgres } from "@mcp-auth-proxy/testing/servers";
import { Secret } from "@mcp-auth-proxy/crypto";
import { afterAll, beforeAll } from "vitest";
import { openPostgresStore } from "../../src/sql/postgres.ts";
import { eventStoreContract } from "../../src/testing/event-store.contract.ts";

let postgres: LaunchedPostgres;
beforeAll(async () => {
  postgres = await launchPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

let schemas = 0;
let database: string | undefined;

eventStoreContract("PostgreSQL", async () => {
  database ??= await postgres.createDatabase();
  const url = Secret.of(database);
  schemas += 1;
  const schema = `store_${schemas}`;
  return {
    open: (options) => openPostgresStore({ ...options, url, schema }),
    remove: async () => void (await postgres.execute(`drop schema ${schema} cascade`, database)),
  };
});
