import { randomUUID } from "node:crypto";
import { Secret } from "@mcp-auth-proxy/crypto";
import { openPostgresStore, type EventStore } from "@mcp-auth-proxy/event-store";
import { launchPostgres, launchRedis, type LaunchedPostgres, type LaunchedRedis } from "@mcp-auth-proxy/testing/servers";
import { afterAll, beforeAll } from "vitest";
import { tokenVaultStore } from "../../src/index.ts";
import { clock } from "../running-vault.ts";
import { describeCredentialStore } from "./credential-store.contract.ts";
import { openCiphertexts, RedisHand } from "./redis-fixture.ts";
import { sqlTampering } from "./sql-fixture.ts";

let postgres: LaunchedPostgres;
let redis: LaunchedRedis;
let url: string;
beforeAll(async () => {
  [postgres, redis] = await Promise.all([launchPostgres(), launchRedis()]);
  url = await postgres.createDatabase();
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

const open = (schema: string): Promise<EventStore> => openPostgresStore({ definition: tokenVaultStore, url: Secret.of(url), schema, clock });
const drop = async (schema: string): Promise<void> => void (await postgres.execute(`drop schema if exists ${schema} cascade`, url));
const newSchema = (): string => `vault_${randomUUID().replaceAll("-", "")}`;

describeCredentialStore("PostgreSQL", async () => {
  const schema = newSchema();
  return { ...sqlTampering, lasts: true, open: async () => ({ store: await open(schema) }), remove: () => drop(schema) };
});

describeCredentialStore("Redis beside PostgreSQL", async () => {
  const [schema, prefix] = [newSchema(), `${redis.prefix}${randomUUID()}:`];
  const hand = new RedisHand(redis, prefix);
  return {
    ...hand.tampering,
    lasts: true,
    open: async () => {
      const store = await open(schema);
      return { store, ciphertexts: await openCiphertexts(redis, prefix, store) };
    },
    remove: async () => {
      await hand.clear();
      await drop(schema);
    },
  };
});
