import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore, type EventStore } from "@mcp-auth-proxy/event-store";
import { launchRedis, type LaunchedRedis } from "@mcp-auth-proxy/testing/servers";
import { afterAll, beforeAll } from "vitest";
import { tokenVaultStore } from "../../src/index.ts";
import { clock } from "../running-vault.ts";
import { describeCredentialStore } from "./credential-store.contract.ts";
import { openCiphertexts, RedisHand } from "./redis-fixture.ts";
import { sqlTampering } from "./sql-fixture.ts";

const sqlite = (file: string): Promise<EventStore> => openSqliteStore({ definition: tokenVaultStore, file, clock });
const folder = mkdtempSync(join(tmpdir(), "vault-stores-"));
let redis: LaunchedRedis;
beforeAll(async () => {
  redis = await launchRedis();
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describeCredentialStore("memory", async () => ({
  ...sqlTampering,
  lasts: false,
  open: async () => ({ store: await sqlite(":memory:") }),
  remove: () => Promise.resolve(),
}));

describeCredentialStore("a SQLite file", async () => {
  const file = join(folder, `${randomUUID()}.sqlite`);
  return { ...sqlTampering, lasts: true, open: async () => ({ store: await sqlite(file) }), remove: () => Promise.resolve() };
});

describeCredentialStore("Redis", async () => {
  const file = join(folder, `${randomUUID()}.sqlite`);
  const prefix = `${redis.prefix}${randomUUID()}:`;
  const hand = new RedisHand(redis, prefix);
  return {
    ...hand.tampering,
    lasts: true,
    open: async () => {
      const store = await sqlite(file);
      return { store, ciphertexts: await openCiphertexts(redis, prefix, store) };
    },
    remove: () => hand.clear(),
  };
});
