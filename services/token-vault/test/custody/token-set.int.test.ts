import { Keyring, Secret } from "@mcp-auth-proxy/crypto";
import { openSqliteStore, type EventStore } from "@mcp-auth-proxy/event-store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSqlCiphertexts } from "../../src/custody/sql-ciphertexts.ts";
import { insertDataKey } from "../../src/custody/keys.ts";
import { closeTokenSet, createTokenSets, type TokenSetId, type TokenSets } from "../../src/custody/token-set.ts";
import { tokenVaultStore } from "../../src/index.ts";
import { clock, newKey, oldKey, rowsOf } from "../running-vault.ts";

const keyring = Keyring.parse(oldKey);
const id: TokenSetId = { credentialId: "credential-1", generation: 1 };
let store: EventStore;
let sets: TokenSets;
beforeEach(async () => {
  store = await openSqliteStore({ definition: tokenVaultStore, file: ":memory:", clock });
  sets = createTokenSets({ store, ciphertexts: createSqlCiphertexts(store), keys: keyring });
});
afterEach(() => store.close());

const set = { access: Secret.of({ accessToken: "canary-access", tokenType: "Bearer" }), refresh: Secret.of({ refreshToken: "canary-refresh" }) };
const keep = async (at: TokenSetId, texts?: { readonly access: string; readonly refresh?: string }) => {
  const closed = closeTokenSet(keyring, at, set, clock.now());
  const kept = { ...closed.texts, ...texts };
  const write = await createSqlCiphertexts(store).begin({ ...at, ...kept, keyId: closed.key.keyId, storedAt: clock.now() });
  await store.transact(async ({ sql }) => {
    await insertDataKey(sql, closed.key.row);
    await write.inTransaction(sql);
  });
  return closed.texts;
};
const opened = async (at = id): Promise<readonly (string | undefined)[]> => [(await sets.openAccess(at))?.reveal().toString(), (await sets.openRefresh(at))?.reveal().toString()];

describe("a set of tokens", () => {
  it("opens for its credential and generation, each half for itself", async () => {
    await keep(id);
    expect(await opened()).toEqual(['{"accessToken":"canary-access","tokenType":"Bearer"}', '{"refreshToken":"canary-refresh"}']);
  });

  it("Confidential: neither half, nor whose it is, can be read", async () => {
    const { access, refresh = "" } = await keep(id);
    for (const text of [access, refresh]) {
      const raw = `${text}${Buffer.from(text.slice(text.lastIndexOf(".") + 1), "base64url").toString("latin1")}`;
      for (const part of ["canary", "accessToken", "credential-1"]) expect(raw).not.toContain(part);
    }
  });

  it("Integrity: does not open with a letter changed", async () => {
    const { access } = await keep(id);
    for (let index = 40; index < access.length; index += 11) {
      await store.transact(({ sql }) => sql.updateTable("cx_ciphertexts").set({ access_text: `${access.slice(0, index)}${access[index] === "A" ? "B" : "A"}${access.slice(index + 1)}` }).execute());
      expect(await sets.openAccess(id), String(index)).toBeUndefined();
    }
  });

  it.each([
    ["another credential", { ...id, credentialId: "credential-2" }],
    ["another generation of the same", { ...id, generation: 2 }],
  ])("MoveIntegrity: does not open under %s, with its own data key still there", async (_, elsewhere) => {
    const texts = await keep(id);
    await keep(elsewhere, texts);
    expect(await opened(elsewhere)).toEqual([undefined, undefined]);
  });

  it("PurposeConfusion: the refresh token does not open as an access token, nor the other way round", async () => {
    const closed = closeTokenSet(keyring, id, set, clock.now());
    const { access, refresh = "" } = closed.texts;
    const write = await createSqlCiphertexts(store).begin({ ...id, access: refresh, refresh: access, keyId: closed.key.keyId, storedAt: clock.now() });
    await store.transact(async ({ sql }) => {
      await insertDataKey(sql, closed.key.row);
      await write.inTransaction(sql);
    });
    expect(await opened()).toEqual([undefined, undefined]);
  });

  it("Unique: has a data key of its own each time, and never the same text", async () => {
    const [one, two] = [closeTokenSet(keyring, id, set, clock.now()), closeTokenSet(keyring, id, set, clock.now())];
    expect(one.key.keyId).not.toBe(two.key.keyId);
    expect(one.key.dataKey.reveal().equals(two.key.dataKey.reveal())).toBe(false);
    expect(one.texts.access).not.toBe(two.texts.access);
  });

  it("KeyLength: its data key has 32 bytes", () => {
    expect(closeTokenSet(keyring, id, set, clock.now()).key.dataKey.reveal()).toHaveLength(32);
  });

  it("does not open without the key of the operator's that wraps its data key, nor without the data key", async () => {
    await keep(id);
    const without = createTokenSets({ store, ciphertexts: createSqlCiphertexts(store), keys: Keyring.parse(newKey) });
    expect(await without.openAccess(id)).toBeUndefined();
    expect(await rowsOf(store, "cx_data_keys")).toHaveLength(1);
    await store.transact(({ sql }) => sql.deleteFrom("cx_data_keys").execute());
    expect(await opened()).toEqual([undefined, undefined]);
  });
});
