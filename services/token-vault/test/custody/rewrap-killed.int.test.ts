import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Keyring, Secret } from "@mcp-auth-proxy/crypto";
import { openSqliteStore, type EventStore } from "@mcp-auth-proxy/event-store";
import { LaunchedProcess, waitFor } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Place } from "../../src/custody/place.ts";
import { rewrap } from "../../src/custody/rewrap.ts";
import { unwrapSecret, wrapSecret } from "../../src/custody/secrets.ts";
import { termsInUse } from "../../src/custody/terms-in-use.ts";
import { tokenVaultStore } from "../../src/index.ts";
import { clock, newKey, oldKey, rowsOf } from "../running-vault.ts";

const script = fileURLToPath(new URL("rewrap-until-killed.ts", import.meta.url));
const many = 4_000;
const place: Place = { purpose: "auth-secret", name: "pepper", generation: 1 };
const both = Keyring.parse(`${newKey},${oldKey}`);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vault-killed-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): Promise<EventStore> => openSqliteStore({ definition: tokenVaultStore, file: join(folder, "vault.sqlite"), clock });

it("Rewrap: killed in the middle, everything opens with both keys, and the next run moves what is left (B08)", async () => {
  const before = await open();
  const texts = await before.transact(async ({ sql }) => {
    const made: string[] = [];
    for (let index = 0; index < many; index += 1) made.push(await wrapSecret(sql, Keyring.parse(oldKey), place, Secret.of(Buffer.from(`secret ${index}`)), clock.now()));
    return made;
  });
  await before.close();

  await using cut = { process: new LaunchedProcess([process.execPath, script, join(folder, "vault.sqlite"), `${newKey},${oldKey}`], { folder, environment: {} }), [Symbol.asyncDispose]: () => cut.process.kill() };
  await waitFor("some batches", () => cut.process.stdout.split("\n").length > 3 || cut.process.exit !== undefined, { everyMs: 1 });
  await cut.process.kill();
  expect(await cut.process.exited).toEqual({ code: null, signal: "SIGKILL" });

  const store = await open();
  try {
    const moved = (await rowsOf(store, "cx_data_keys")).filter(({ term }) => term === both.activeTerm).length;
    expect(moved).toBeGreaterThanOrEqual(300);
    expect(moved).toBeLessThan(many);
    for (const [index, text] of texts.entries()) if (index % 97 === 0) expect((await unwrapSecret(store.sql, both, place, text)).reveal().toString()).toBe(`secret ${index}`);
    expect(await rewrap(store, both, clock.now())).toEqual({ rewrapped: many - moved, unreadable: 0 });
    expect(await termsInUse(store.sql)).toEqual([both.activeTerm]);
    for (const [index, text] of texts.entries()) if (index % 97 === 0) expect((await unwrapSecret(store.sql, Keyring.parse(newKey), place, text)).reveal().toString()).toBe(`secret ${index}`);
  } finally {
    await store.close();
  }
});
