import { Secret } from "@mcp-auth-proxy/crypto";
import { openPostgresStore, type EventStore } from "@mcp-auth-proxy/event-store";
import { type LaunchedPostgres, launchPostgres } from "@mcp-auth-proxy/testing/servers";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { tokenVaultStore } from "../src/index.ts";
import { clock, newKey, oldKey, rowsOf, startVault, unwrap, wrap, type RunningVault } from "./running-vault.ts";

let postgres: LaunchedPostgres;
let running: RunningVault;
let open: () => Promise<EventStore>;
const start = async (keys: string): Promise<RunningVault> => startVault({ file: "", keys, store: await open() });

beforeAll(async () => {
  postgres = await launchPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());
beforeEach(async () => {
  const url = Secret.of(await postgres.createDatabase());
  open = () => openPostgresStore({ definition: tokenVaultStore, url, schema: "test_vault", clock });
  running = await start(oldKey);
});
afterEach(() => running.stop());

it("opens what it closed, also after a restart", async () => {
  const ciphertext = await wrap(running.auth, "pepper", "the pepper");
  expect(await unwrap(running.auth, "pepper", ciphertext)).toBe("the pepper");
  await running.stop();
  running = await start(oldKey);
  expect(await unwrap(running.auth, "pepper", ciphertext)).toBe("the pepper");
});

it("answers a command that is repeated at the same time with the same ciphertext", async () => {
  const commandId = "019a0000-0000-7000-8000-000000000001";
  const answers = await Promise.all(Array.from({ length: 6 }, () => wrap(running.auth, "pepper", "the pepper", commandId)));
  expect(new Set(answers).size).toBe(1);
  expect(await rowsOf(running.store, "cx_data_keys")).toHaveLength(1);
});

it("moves stored keys under a new key, and refuses those of a key that it was not given", async () => {
  const ciphertext = await wrap(running.auth, "pepper", "the pepper");
  await running.stop();
  running = await start(`${newKey},${oldKey}`);
  expect(new Set((await rowsOf(running.store, "cx_data_keys")).map(({ term }) => term)).size).toBe(1);
  await running.stop();
  running = await start(newKey);
  expect(await unwrap(running.auth, "pepper", ciphertext)).toBe("the pepper");
  await running.stop();
  running = await start(oldKey);
  await expect(unwrap(running.auth, "pepper", ciphertext)).rejects.toMatchObject({ code: "undecryptable" });
});
