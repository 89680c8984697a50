import { randomUUID } from "node:crypto";
import { vaultV1 } from "@mcp-auth-proxy/contracts";
import { Keyring } from "@mcp-auth-proxy/crypto";
import { afterEach, describe, expect, it } from "vitest";
import { ada, lease, replace, responseOf, store } from "./credential-client.ts";
import { newKey, oldKey, rowsOf, startVault, unwrap, wrap, type RunningVault } from "./running-vault.ts";

const [oldTerm, newTerm] = [Keyring.parse(oldKey).activeTerm, Keyring.parse(newKey).activeTerm];
let vault: RunningVault;
let configured = oldKey;
const start = async (): Promise<void> => {
  configured = oldKey;
  vault = await startVault({ file: ":memory:", keys: oldKey, keysNow: () => configured });
};
afterEach(() => vault.stop());

const rotate = (commandId: string = randomUUID()) => vault.auth.ask(vaultV1.rotateEncryptionKey, { commandId, actor: "operator" });
const person = (index: number) => ({ ...ada, subjectId: `person-${index}` });

describe("Rotate: a key of the operator is changed while everything goes on (B08)", () => {
  it("moves everything under the new key, says that the old one closes nothing, and goes on without it", async () => {
    await start();
    await store(vault, ada, responseOf("1"));
    const ciphertext = await wrap(vault.auth, "pepper", "secret");
    configured = `${newKey},${oldKey}`;
    expect(await rotate()).toEqual({ activeTerm: newTerm, rewrapped: 3, unreadable: 0, terms: [newTerm] });
    configured = newKey;
    expect(await rotate()).toEqual({ activeTerm: newTerm, rewrapped: 0, unreadable: 0, terms: [newTerm] });
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-1" });
    expect(await unwrap(vault.auth, "pepper", ciphertext)).toBe("secret");
    await store(vault, ada, responseOf("2"));
    expect((await rowsOf(vault.store, "cx_data_keys")).every(({ term }) => term === newTerm)).toBe(true);
  });

  it("is answered alike when it is repeated", async () => {
    await start();
    await store(vault, ada, responseOf("1"));
    configured = `${newKey},${oldKey}`;
    const commandId = randomUUID();
    const first = await rotate(commandId);
    expect(first.rewrapped).toBeGreaterThan(0);
    expect(await rotate(commandId)).toEqual(first);
  });

  it("refuses to let go of a key that still closes something, and goes on as before", async () => {
    await start();
    await store(vault, ada, responseOf("1"));
    configured = newKey;
    await expect(rotate()).rejects.toMatchObject({ code: "refused" });
    expect(vault.logLines.join("")).toContain("a key was taken out of AUTH_ENCRYPTION_SECRET that still closes something");
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-1" });
    expect((await rowsOf(vault.store, "cx_data_keys")).map(({ term }) => term)).toEqual([oldTerm]);
    configured = `${newKey},${oldKey}`;
    expect(await rotate()).toMatchObject({ terms: [newTerm] });
  });

  it("refuses a keyring that can not be read, and goes on as before", async () => {
    await start();
    await store(vault, ada, responseOf("1"));
    configured = "no key";
    await expect(rotate()).rejects.toMatchObject({ code: "refused" });
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-1" });
  });

  it("under load: no lease, sign-in or refresh fails, to and fro, and nothing is left under the old key", async () => {
    await start();
    const people = Array.from({ length: 150 }, (_, index) => person(index));
    for (const owner of people) await store(vault, owner, responseOf(owner.subjectId));
    const load = new AbortController();
    const failures: unknown[] = [];
    const done = { leases: 0, writes: 0 };
    const leasing = async (from: number): Promise<void> => {
      for (let index = from; !load.signal.aborted; index = (index + 7) % people.length) {
        const { lease: lent } = await lease(vault, person(index)).catch((error: unknown) => (failures.push(error), { lease: undefined }));
        if (lent !== undefined && !JSON.stringify(lent).includes(`access-person-${index}"`)) failures.push(lent);
        done.leases += 1;
      }
    };
    const writing = async (): Promise<void> => {
      for (let generation = 1; !load.signal.aborted; generation += 1) {
        await replace(vault, person(3), generation, responseOf("person-3")).catch((error: unknown) => failures.push(error));
        await store(vault, { ...ada, subjectId: `new-${generation}` }, responseOf("x")).catch((error: unknown) => failures.push(error));
        done.writes += 1;
      }
    };
    const working = Promise.all([leasing(0), leasing(3), leasing(50), writing()]);
    const terms: (readonly string[])[] = [];
    for (const keys of [`${newKey},${oldKey}`, newKey, `${oldKey},${newKey}`, oldKey, `${newKey},${oldKey}`, newKey]) {
      configured = keys;
      terms.push((await rotate()).terms);
      const seen = done.leases + done.writes;
      await expect.poll(() => done.leases + done.writes).toBeGreaterThan(seen + 5);
    }
    load.abort();
    await working;
    expect(failures).toEqual([]);
    expect(terms).toEqual([[newTerm], [newTerm], [oldTerm], [oldTerm], [newTerm], [newTerm]]);
    expect((await rowsOf(vault.store, "cx_data_keys")).filter(({ term }) => term !== newTerm)).toEqual([]);
  });

  it("B07: a vault whose key was taken away lends nothing, asks people to connect again, and does when the key is back", async () => {
    await start();
    await store(vault, ada, responseOf("1"));
    const store0 = vault.store;
    await vault.vault.stop(1_000);
    const without = await startVault({ file: ":memory:", keys: newKey, store: store0 });
    await expect(lease(without, ada)).rejects.toMatchObject({ code: "reconnect_required" });
    await without.vault.stop(1_000);
    const again = await startVault({ file: ":memory:", keys: `${newKey},${oldKey}`, store: store0 });
    expect((await lease(again, ada)).lease).toMatchObject({ accessToken: "access-1" });
    await again.vault.stop(1_000);
  });
});
