import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vaultV1 } from "@mcp-auth-proxy/contracts";
import { Keyring, sealTo, type SealingKeyPair } from "@mcp-auth-proxy/crypto";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { opensStoredKeys } from "../src/index.ts";
import { clock, newKey, oldKey, rowsOf, startVault, unwrap, wrap, type RunningVault } from "./running-vault.ts";

let folder: string;
let running: RunningVault | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vault-"));
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  rmSync(folder, { recursive: true });
});

/** Ends the vault that runs and starts one on the same file. */
const restart = async (keys: string): Promise<RunningVault> => {
  await running?.stop();
  running = await startVault({ file: join(folder, "vault.sqlite"), keys });
  return running;
};
const eventsOf = async (store: EventStore): Promise<readonly unknown[]> =>
  (await store.readFeed({ logEpoch: store.logEpoch, position: 0 }, 100)).events.map(({ streamId, type, data }) => ({ streamId, type, data }));
const servedKey = async ({ auth }: RunningVault): Promise<SealingKeyPair["publicKey"] | undefined> => (await auth.ask(vaultV1.sealingKeys, {})).keys[0];

const oldTerm = Keyring.parse(oldKey).activeTerm;
const newTerm = Keyring.parse(newKey).activeTerm;

describe("a vault that starts again", () => {
  it("opens what it closed before and serves the same sealing key", async () => {
    const first = await restart(oldKey);
    const [ciphertext, key] = [await wrap(first.auth, "pepper", "secret"), await servedKey(first)];
    const second = await restart(oldKey);
    expect(await unwrap(second.auth, "pepper", ciphertext)).toBe("secret");
    expect(await servedKey(second)).toEqual(key);
  });

  it("tells in events which keys it had, by their public names only", async () => {
    await restart(oldKey);
    await restart(`${newKey},${oldKey}`);
    const { store } = await restart(newKey);
    expect(await eventsOf(store)).toEqual(
      [
        { type: "KeyIntroduced", data: { term: oldTerm } },
        { type: "KeyPromoted", data: { term: oldTerm } },
        { type: "KeyIntroduced", data: { term: newTerm } },
        { type: "KeyPromoted", data: { term: newTerm } },
        { type: "KeyRetired", data: { term: oldTerm } },
      ].map((event) => ({ streamId: "keyring", ...event })),
    );
  });

  it("Rewrap: with a new key in front, the former key can go", async () => {
    const before = await restart(oldKey);
    const [ciphertext, key] = [await wrap(before.auth, "pepper", "secret"), await servedKey(before)];
    const during = await restart(`${newKey},${oldKey}`);
    const rows = [...(await rowsOf(during.store, "cx_data_keys")), ...(await rowsOf(during.store, "cx_sealing_keys"))];
    expect(rows.map((row) => [row.term, Keyring.termOf(row.wrapped)])).toEqual([
      [newTerm, newTerm],
      [newTerm, newTerm],
    ]);
    expect(await unwrap(during.auth, "pepper", ciphertext)).toBe("secret");
    const after = await restart(newKey);
    expect(await unwrap(after.auth, "pepper", ciphertext)).toBe("secret");
    expect(await servedKey(after)).toEqual(key);
  });

  it("Rewrap: without the former key, starts, refuses what that key closed, and goes on with what is new", async () => {
    const before = await restart(oldKey);
    const ciphertext = await wrap(before.auth, "pepper", "secret");
    const lost = await restart(newKey);
    expect(lost.vault.readiness()).toEqual({ ready: true });
    await expect(unwrap(lost.auth, "pepper", ciphertext)).rejects.toMatchObject({ code: "undecryptable" });
    expect(lost.logLines.join("")).toContain("a former key is missing from AUTH_ENCRYPTION_SECRET");
    expect(lost.logLines.join("")).toContain(oldTerm);
    expect(await unwrap(lost.auth, "cookie-key", await wrap(lost.auth, "cookie-key", "new"))).toBe("new");
  });

  it("opens the old secrets again when the former key comes back", async () => {
    const before = await restart(oldKey);
    const ciphertext = await wrap(before.auth, "pepper", "secret");
    const lost = await restart(newKey);
    const newer = await wrap(lost.auth, "pepper", "newer");
    const back = await restart(`${newKey},${oldKey}`);
    expect(await unwrap(back.auth, "pepper", ciphertext)).toBe("secret");
    expect(await unwrap(back.auth, "pepper", newer)).toBe("newer");
    expect((await back.auth.ask(vaultV1.sealingKeys, {})).keys).toHaveLength(2);
  });

  it.each([
    ["damaged", () => "f1.damaged_.gAAAA"],
    ["another row's", (wrapped: string, others: readonly string[]) => others.find((other) => other !== wrapped) ?? ""],
  ])("starts without a sealing key whose row is %s, and serves the others or a new one", async (_, change) => {
    await restart(oldKey);
    await restart(newKey);
    const { store, auth } = await restart(`${newKey},${oldKey}`);
    const served = (await auth.ask(vaultV1.sealingKeys, {})).keys.map((key) => key.kid);
    const rows = await rowsOf(store, "cx_sealing_keys");
    const [victim] = rows;
    const wrapped = change(victim?.wrapped ?? "", rows.map((row) => row.wrapped));
    await store.transact(({ sql }) => sql.updateTable("cx_sealing_keys").set({ wrapped }).where("key_id", "=", victim?.key_id).execute());
    const after = await restart(`${newKey},${oldKey}`);
    expect((await after.auth.ask(vaultV1.sealingKeys, {})).keys.map((key) => key.kid)).toEqual(served.filter((kid) => kid !== victim?.key_id));
    expect(await unwrap(after.auth, "pepper", await wrap(after.auth, "pepper", "secret"))).toBe("secret");
  });

  it("makes a new sealing key when the only one is damaged", async () => {
    const { store } = await restart(oldKey);
    await store.transact(({ sql }) => sql.updateTable("cx_sealing_keys").set({ wrapped: "f1.damaged_.gAAAA" }).execute());
    const after = await restart(oldKey);
    expect(await unwrap(after.auth, "pepper", await wrap(after.auth, "pepper", "secret"))).toBe("secret");
    expect(await rowsOf(after.store, "cx_sealing_keys")).toHaveLength(2);
  });

  it("serves the newest of its sealing keys first, which is the one to seal to", async () => {
    await restart(oldKey);
    await restart(newKey);
    const { store } = await restart(`${newKey},${oldKey}`);
    const kids = (await rowsOf(store, "cx_sealing_keys")).map((row) => row.key_id);
    const last = kids.at(-1);
    await store.transact(({ sql }) => sql.updateTable("cx_sealing_keys").set({ created_at: clock.now() + 1 }).where("key_id", "=", last).execute());
    const { auth } = await restart(`${newKey},${oldKey}`);
    expect((await auth.ask(vaultV1.sealingKeys, {})).keys.map((key) => key.kid)).toEqual([...kids].toReversed());
  });

  it("opens what was sealed to any of its keys", async () => {
    const first = await servedKey(await restart(oldKey));
    await restart(newKey);
    const { auth } = await restart(`${newKey},${oldKey}`);
    if (first === undefined) throw new Error("the vault served no key");
    const sealed = await sealTo(first, Buffer.from("secret"));
    const { ciphertext } = await auth.ask(vaultV1.wrapAuthSecret, { commandId: "0198a5d0-0000-7000-8000-000000000001", name: "pepper", generation: 1, sealed });
    expect(await unwrap(auth, "pepper", ciphertext)).toBe("secret");
  });
});

describe("a keyring, before the vault starts with it", () => {
  it("fits a vault that keeps nothing yet, and then every keyring that has its key, without a trace", async () => {
    const { store, auth } = await restart(oldKey);
    expect(await opensStoredKeys(store, Keyring.parse(newKey))).toBe(true);
    await wrap(auth, "pepper", "secret");
    const before = [await eventsOf(store), await rowsOf(store, "cx_sealing_keys")];
    expect(await opensStoredKeys(store, Keyring.parse(oldKey))).toBe(true);
    expect(await opensStoredKeys(store, Keyring.parse(`${newKey},${oldKey}`))).toBe(true);
    expect(await opensStoredKeys(store, Keyring.parse(newKey))).toBe(false);
    expect([await eventsOf(store), await rowsOf(store, "cx_sealing_keys")]).toEqual(before);
  });
});

describe("a vault that ends", () => {
  it("does not wait longer than its deadline for a request under way", async () => {
    const { vault, auth, store } = await restart(oldKey);
    const [begun, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const held = store.transact(() => {
      begun.resolve();
      return release.promise;
    });
    await begun.promise;
    const waiting = wrap(auth, "pepper", "secret");
    await expect.poll(() => running?.traffic.some((line) => line.startsWith(vaultV1.wrapAuthSecret.subject))).toBe(true);
    await vault.stop(20);
    expect(vault.readiness()).toMatchObject({ ready: false });
    release.resolve();
    await held;
    expect(await waiting).toMatch(/^v1\./);
  });

  it("is ready while it serves, then nobody answers, and ending twice is safe", async () => {
    const { vault, auth } = await restart(oldKey);
    expect(vault.readiness()).toEqual({ ready: true });
    await vault.stop(1_000);
    await vault.stop(1_000);
    expect(vault.readiness()).toMatchObject({ ready: false });
    await expect(auth.ask(vaultV1.sealingKeys, {})).rejects.toMatchObject({ code: "no_responders" });
  });
});
