import { randomUUID } from "node:crypto";
import { vaultV1 } from "@mcp-auth-proxy/contracts";
import { createSealingKeyPair, sealTo } from "@mcp-auth-proxy/crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { oldKey, rowsOf, startVault, unwrap, wrap, type RunningVault } from "./running-vault.ts";

let running: RunningVault;
beforeEach(async () => {
  running = await startVault({ file: ":memory:", keys: oldKey });
});
afterEach(() => running.stop());

const dataKeys = async (): Promise<number> => (await rowsOf(running.store, "cx_data_keys")).length;

describe("auth's secrets", () => {
  it("opens for auth what it closed for auth", async () => {
    const ciphertext = await wrap(running.auth, "signing-key/k1", "a private key");
    expect(await unwrap(running.auth, "signing-key/k1", ciphertext)).toBe("a private key");
  });

  it("Unique: has one data key for each closed secret", async () => {
    const texts = [await wrap(running.auth, "pepper", "same"), await wrap(running.auth, "pepper", "same")];
    expect(new Set(texts).size).toBe(2);
    expect(await dataKeys()).toBe(2);
    expect(await Promise.all(texts.map((text) => unwrap(running.auth, "pepper", text)))).toEqual(["same", "same"]);
  });

  it("answers twenty repeats of one command alike and makes one data key", async () => {
    const commandId = randomUUID();
    const texts = await Promise.all(Array.from({ length: 20 }, () => wrap(running.auth, "pepper", "same", commandId)));
    expect(new Set(texts).size).toBe(1);
    expect(await dataKeys()).toBe(1);
  });

  it("refuses a command id that was used for another secret", async () => {
    const commandId = randomUUID();
    const ciphertext = await wrap(running.auth, "pepper", "one", commandId);
    await expect(wrap(running.auth, "cookie-key", "two", commandId)).rejects.toMatchObject({ code: "bad_request" });
    expect(await dataKeys()).toBe(1);
    expect(await wrap(running.auth, "pepper", "one", commandId)).toBe(ciphertext);
    expect(await unwrap(running.auth, "cookie-key", await wrap(running.auth, "cookie-key", "two"))).toBe("two");
  });

  it.each([
    ["another name", "cookie-key", 1],
    ["another key of the same kind", "pepper/2", 1],
    ["a later generation", "pepper", 2],
  ])("MoveIntegrity: refuses a ciphertext under %s", async (_, name, generation) => {
    const ciphertext = await wrap(running.auth, "pepper", "secret");
    await expect(unwrap(running.auth, name, ciphertext, generation)).rejects.toMatchObject({ code: "undecryptable" });
    expect(await unwrap(running.auth, "pepper", ciphertext)).toBe("secret");
  });

  it("MoveIntegrity: refuses a ciphertext that names another secret's data key", async () => {
    const [one, two] = [await wrap(running.auth, "pepper", "one"), await wrap(running.auth, "pepper", "two")];
    const [, keyOfTwo] = two.split(".");
    const [version, , body] = one.split(".");
    await expect(unwrap(running.auth, "pepper", `${version}.${keyOfTwo}.${body}`)).rejects.toMatchObject({ code: "undecryptable" });
  });

  it("MoveIntegrity: refuses a data key that was moved to another row, even if its ciphertext goes along", async () => {
    const [one, two] = [await wrap(running.auth, "pepper", "one"), await wrap(running.auth, "pepper", "two")];
    const [[, keyOfOne = ""], [, keyOfTwo = ""]] = [one.split("."), two.split(".")];
    const rows = await rowsOf(running.store, "cx_data_keys");
    const wrappedTwo = rows.find((row) => row.key_id === keyOfTwo)?.wrapped;
    await running.store.transact(({ sql }) => sql.updateTable("cx_data_keys").set({ wrapped: wrappedTwo }).where("key_id", "=", keyOfOne).execute());
    await expect(unwrap(running.auth, "pepper", two.replace(keyOfTwo, keyOfOne))).rejects.toMatchObject({ code: "undecryptable" });
    expect(await unwrap(running.auth, "pepper", two)).toBe("two");
  });

  it.each([
    ["nothing of ours", "hello"],
    ["a data key that is not here", `v1.${randomUUID()}.gAAAAABl`],
    ["a bare Fernet token", "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=="],
    ["SQL", "v1.' or 1=1 --.gAAAA"],
  ])("refuses as a ciphertext: %s", async (_, ciphertext) => {
    await expect(unwrap(running.auth, "pepper", ciphertext)).rejects.toMatchObject({ code: "undecryptable" });
  });

  it("tells the reason of a refusal to its log and not to the asker", async () => {
    const refusal = unwrap(running.auth, "pepper", `v1.${randomUUID()}.gAAAAABl`);
    await expect(refusal).rejects.toMatchObject({ code: "undecryptable" });
    await expect(refusal).rejects.not.toMatchObject({ detail: expect.stringContaining("data key is not in this vault") });
    expect(running.logLines.join("")).toContain("the data key is not in this vault");
    expect(running.traffic.join("")).not.toContain("data key");
  });

  it("refuses a secret that was sealed to somebody else and stores nothing", async () => {
    const other = await createSealingKeyPair();
    const sealed = await sealTo(other.publicKey, Buffer.from("secret"));
    const asked = running.auth.ask(vaultV1.wrapAuthSecret, { commandId: randomUUID(), name: "pepper", generation: 1, sealed });
    await expect(asked).rejects.toMatchObject({ code: "undecryptable" });
    expect(await dataKeys()).toBe(0);
  });

  it("refuses a secret of more than 16 KiB and takes one of 16 KiB", async () => {
    const secret = "x".repeat(16_385);
    await expect(wrap(running.auth, "pepper", secret)).rejects.toMatchObject({ code: "bad_request" });
    expect(await dataKeys()).toBe(0);
    const largest = secret.slice(1);
    expect(await unwrap(running.auth, "pepper", await wrap(running.auth, "pepper", largest))).toBe(largest);
  });

  it("refuses to answer to a reply key that is no key", async () => {
    const ciphertext = await wrap(running.auth, "pepper", "secret");
    const [one, two] = [await createSealingKeyPair(), await createSealingKeyPair()];
    const replyKey = { ...one.publicKey, y: two.publicKey.y };
    const asked = running.auth.ask(vaultV1.unwrapAuthSecret, { name: "pepper", generation: 1, ciphertext, replyKey });
    await expect(asked).rejects.toMatchObject({ code: "bad_request" });
    expect(await unwrap(running.auth, "pepper", ciphertext)).toBe("secret");
  });

  it("answers with what only the reply key opens", async () => {
    const ciphertext = await wrap(running.auth, "pepper", "secret");
    const [reply, other] = [await createSealingKeyPair(), await createSealingKeyPair()];
    const { sealed } = await running.auth.ask(vaultV1.unwrapAuthSecret, { name: "pepper", generation: 1, ciphertext, replyKey: reply.publicKey });
    await expect(other.open(sealed)).rejects.toMatchObject({ code: "undecryptable" });
    expect((await reply.open(sealed)).toString()).toBe("secret");
  });
});
