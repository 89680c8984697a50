import { Keyring } from "@mcp-auth-proxy/crypto";
import { createFakeClock } from "@mcp-auth-proxy/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { CurrentKeyring } from "../../src/custody/current-keyring.ts";

const oldKey = "b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w=";
const newKey = "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU=";
const [former, both, next] = [Keyring.parse(oldKey), Keyring.parse(`${newKey},${oldKey}`), Keyring.parse(newKey)];
const clock = createFakeClock();
const closedBy = (keyring: Keyring): string => keyring.encrypt(Buffer.from("secret"), clock.now());

let configured: () => Keyring;
let reads = 0;
let current: CurrentKeyring;
beforeEach(() => {
  configured = () => former;
  reads = 0;
  current = new CurrentKeyring(
    former,
    () => {
      reads += 1;
      return configured();
    },
    clock,
  );
});

describe("replacing the operator's keys", () => {
  it("resolves when everything that was closed with the former ones is written, or given up", async () => {
    const [written, failing] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const used: string[] = [];
    const closing = current.closing(async (keys) => {
      used.push(keys.activeTerm);
      await written.promise;
    });
    const lost = current.closing(() => failing.promise);
    let done = false;
    const replaced = current.replace(both).then(() => (done = true));
    await current.closing(async (keys) => void used.push(keys.activeTerm));
    expect([used, done]).toEqual([[former.activeTerm, both.activeTerm], false]);
    written.resolve();
    await closing;
    await Promise.resolve();
    expect(done).toBe(false);
    failing.reject(new Error("rolled back"));
    await expect(lost).rejects.toThrow("rolled back");
    await replaced;
    expect(done).toBe(true);
  });
});

describe("a text whose key is not at hand", () => {
  it("has the keys read again, and opens where it is among them", () => {
    configured = () => both;
    expect(current.decrypt(closedBy(next)).toString()).toBe("secret");
    expect(current.now.activeTerm).toBe(both.activeTerm);
    expect(current.decrypt(closedBy(former)).toString()).toBe("secret");
    expect(reads).toBe(1);
  });

  it("does not read them again for every text", () => {
    for (let times = 0; times < 100; times += 1) expect(() => current.decrypt(closedBy(next))).toThrow("undecryptable");
    expect(reads).toBe(1);
    clock.advance(5_000);
    configured = () => both;
    expect(current.decrypt(closedBy(next)).toString()).toBe("secret");
  });

  it.each([
    ["would lose a key at hand", () => next],
    [
      "can not be read",
      () => {
        throw new Error("no such file");
      },
    ],
  ])("is refused, and the keys stay, where the keyring %s", (_, read) => {
    configured = read;
    expect(() => current.decrypt(closedBy(next))).toThrow("undecryptable");
    expect(current.now).toBe(former);
  });

  it("is not looked for where it is no text of a keyring's", () => {
    expect(() => current.decrypt("v1.damaged")).toThrow("undecryptable");
    expect(reads).toBe(0);
  });
});

describe("catching up with what the vault as a whole holds", () => {
  it("lets go of a key that nobody holds any more, and of none that somebody does", () => {
    configured = () => next;
    current.catchUp(both.terms);
    expect(current.now).toBe(former);
    current.catchUp(next.terms);
    expect(current.now).toBe(next);
  });
});
