import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Keyring, Secret } from "../src/index.ts";
import { thrown } from "./thrown.ts";

const oldKey = "b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w=";
const newKey = "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU=";
const at = 1_700_000_000_000;
const plaintext = Buffer.from("hello");

describe("Keyring", () => {
  it("Rotate: the first key encrypts and every key decrypts", () => {
    const before = Keyring.parse(oldKey);
    const during = Keyring.parse(`${newKey}, ${oldKey}`);
    const after = Keyring.parse(newKey);
    expect(during.decrypt(before.encrypt(plaintext, at))).toEqual(plaintext);
    expect(after.decrypt(during.encrypt(plaintext, at))).toEqual(plaintext);
    expect([...during.terms]).toEqual([during.activeTerm, before.activeTerm]);
  });

  it("names the key in front of the ciphertext", () => {
    const keyring = Keyring.parse(oldKey);
    const text = keyring.encrypt(plaintext, at);
    expect(text).toMatch(/^f1\.[A-Za-z0-9_-]{8}\.gAAAA/);
    expect(Keyring.termOf(text)).toBe(keyring.activeTerm);
  });

  it("gives a key the same name in every process", () => {
    expect(Keyring.parse(oldKey).activeTerm).toBe("QdDfyh8v");
  });

  it("says which key is missing, and nothing but the public name of it", () => {
    const closed = Keyring.parse(oldKey);
    const error = thrown(() => Keyring.parse(newKey).decrypt(closed.encrypt(plaintext, at)));
    expect(error).toMatchObject({ code: "undecryptable", detail: `the keyring has no key ${closed.activeTerm}` });
  });

  it("Integrity: a ciphertext under another key's name does not open", () => {
    const both = Keyring.parse(`${newKey},${oldKey}`);
    const [, oldTerm = ""] = both.terms;
    const renamed = both.encrypt(plaintext, at).replace(both.activeTerm, oldTerm);
    expect(thrown(() => both.decrypt(renamed))).toMatchObject({ code: "undecryptable" });
  });

  it.each(["", "f1.", "f1.abcdefgh.", "f2.abcdefgh.gAAAA", "gAAAAA", "f1.abcdefgh.gAAAA.x"])("refuses the text '%s'", (text) => {
    expect(Keyring.termOf(text)).toBeUndefined();
    expect(thrown(() => Keyring.parse(oldKey).decrypt(text))).toMatchObject({ code: "undecryptable" });
  });

  it.each([
    ["a key twice in two spellings", `${oldKey},${oldKey.replace("=", "")}`, "the keyring holds a key twice"],
    ["a trailing comma", `${oldKey},`, "key 2: the key has 0 bytes instead of 32"],
    ["a bad second key", `${oldKey},c2hvcnQ=`, "key 2: the key has 5 bytes instead of 32"],
    ["too many keys", Array.from({ length: 17 }, () => oldKey).join(","), "the keyring has 17 keys, at most 16 are read"],
  ])("refuses %s and shows no key", (_, text, detail) => {
    const error = thrown(() => Keyring.parse(text));
    expect(error).toMatchObject({ code: "refused", detail });
    expect(inspect(error)).not.toContain("c2hvcnQ");
    expect(inspect(error)).not.toContain("b2xkb2xk");
  });

  it("shows no key when it is printed", () => {
    const keyring = Keyring.parse(Secret.of(`${newKey},${oldKey}`));
    const printed = `${inspect(keyring, { depth: 9, showHidden: true })}${JSON.stringify(keyring)}`;
    for (const key of [newKey, oldKey]) {
      expect(printed).not.toContain(key);
      expect(printed).not.toContain(Buffer.from(key, "base64").toString("hex").slice(0, 12));
    }
  });
});
