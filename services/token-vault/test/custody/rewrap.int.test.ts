import { Keyring, Secret } from "@mcp-auth-proxy/crypto";
import { openSqliteStore, type EventStore } from "@mcp-auth-proxy/event-store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Place } from "../../src/custody/place.ts";
import { rewrap } from "../../src/custody/rewrap.ts";
import { unwrapSecret, wrapSecret } from "../../src/custody/secrets.ts";
import { tokenVaultStore } from "../../src/index.ts";
import { clock, newKey, oldKey, rowsOf } from "../running-vault.ts";

const before = Keyring.parse(oldKey);
const during = Keyring.parse(`${newKey},${oldKey}`);
const after = Keyring.parse(newKey);
const place: Place = { purpose: "auth-secret", name: "pepper", generation: 1 };
let store: EventStore;
beforeEach(async () => {
  store = await openSqliteStore({ definition: tokenVaultStore, file: ":memory:", clock });
});
afterEach(() => store.close());

const wrapMany = (keyring: Keyring, count: number): Promise<readonly string[]> =>
  store.transact(async ({ sql }) => {
    const texts: string[] = [];
    for (let index = 0; index < count; index += 1) {
      texts.push(await wrapSecret(sql, keyring, place, Secret.of(Buffer.from(`secret ${index}`)), clock.now()));
    }
    return texts;
  });
const termsOfRows = async (): Promise<ReadonlySet<string>> => new Set((await rowsOf(store, "cx_data_keys")).map((row) => row.term));

describe("rewrap", () => {
  it("moves more keys than one batch holds, and touches no ciphertext", async () => {
    const texts = await wrapMany(before, 250);
    expect(await rewrap(store, during, clock.now())).toEqual({ rewrapped: 250, unreadable: 0 });
    expect(await termsOfRows()).toEqual(new Set([after.activeTerm]));
    for (const [index, text] of texts.entries()) {
      expect((await unwrapSecret(store.sql, after, place, text)).reveal().toString()).toBe(`secret ${index}`);
    }
  });

  it("goes on where it was stopped", async () => {
    await wrapMany(during, 3);
    await wrapMany(before, 4);
    expect(await rewrap(store, during, clock.now())).toEqual({ rewrapped: 4, unreadable: 0 });
    expect(await rewrap(store, during, clock.now())).toEqual({ rewrapped: 0, unreadable: 0 });
  });

  it("leaves what it can not open as it is and moves the rest", async () => {
    const [lost = ""] = await wrapMany(before, 1);
    const [damaged = "", kept = ""] = await wrapMany(after, 2);
    const third = Keyring.parse(`dGhpcmR0aGlyZHRoaXJkdGhpcmR0aGlyZHRoaXJkdGg,${newKey}`);
    const [, damagedKey] = damaged.split(".");
    await store.transact(({ sql }) => sql.updateTable("cx_data_keys").set({ wrapped: "f1.damaged_.gAAAA" }).where("key_id", "=", damagedKey).execute());
    expect(await rewrap(store, third, clock.now())).toEqual({ rewrapped: 1, unreadable: 2 });
    expect((await unwrapSecret(store.sql, third, place, kept)).reveal().toString()).toBe("secret 1");
    expect((await unwrapSecret(store.sql, before, place, lost)).reveal().toString()).toBe("secret 0");
  });
});
