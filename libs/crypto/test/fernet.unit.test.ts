import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FernetKey, Secret } from "../src/index.ts";
import { thrown } from "./thrown.ts";

interface Vector {
  readonly desc?: string;
  readonly token: string;
  readonly now: string;
  readonly iv?: readonly number[];
  readonly ttl_sec?: number;
  readonly src?: string;
  readonly secret: string;
}

const vectors = (name: string): readonly Vector[] => {
  const list: Vector[] = JSON.parse(readFileSync(new URL(`golden/fernet-${name}.json`, import.meta.url), "utf8"));
  return list;
};
const age = (vector: Vector) => ({ now: Date.parse(vector.now), ttlMs: (vector.ttl_sec ?? 0) * 1000 });
const at = 1_700_000_000_000;
const key = FernetKey.parse("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=");
const refusal = expect.objectContaining({ code: "undecryptable", detail: "the ciphertext does not open with this key" });

describe("Fernet, the specification's vectors", () => {
  it.each(vectors("generate"))("writes $token", (vector) => {
    const iv = Uint8Array.from(vector.iv ?? []);
    const token = FernetKey.parse(vector.secret).encrypt(Buffer.from(vector.src ?? ""), Date.parse(vector.now), iv);
    expect(token).toBe(vector.token);
  });

  it.each(vectors("verify"))("reads $token", (vector) => {
    expect(FernetKey.parse(vector.secret).decrypt(vector.token, age(vector)).toString()).toBe(vector.src);
  });

  it.each(vectors("invalid"))("refuses: $desc", (vector) => {
    expect(thrown(() => FernetKey.parse(vector.secret).decrypt(vector.token, age(vector)))).toEqual(refusal);
  });

  it("has all ten published vectors", () => {
    expect([vectors("generate"), vectors("verify"), vectors("invalid")].map((list) => list.length)).toEqual([1, 1, 8]);
  });
});

describe("Fernet", () => {
  it("Confidential: a token holds no byte run of its plaintext", () => {
    const token = key.encrypt(Buffer.from("canary-canary-canary"), at);
    expect(Buffer.from(token, "base64url").includes("canary")).toBe(false);
  });

  it("Integrity: refuses a token with any one byte changed", () => {
    const bytes = Buffer.from(key.encrypt(Buffer.from("hello"), at), "base64url");
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      const text = changed.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
      expect(thrown(() => key.decrypt(text))).toEqual(refusal);
    }
  });

  it("Unique: the same plaintext never gives the same token", () => {
    expect(key.encrypt(Buffer.from("hello"), at)).not.toBe(key.encrypt(Buffer.from("hello"), at));
  });

  it.each([
    ["without its padding", (token: string) => token.replace(/=+$/, "")],
    ["in the standard alphabet", (token: string) => token.replace("_", "/")],
    ["with white space", (token: string) => `${token}\n`],
    ["with stray bits in the last letter", (token: string) => token.replace("DA==", "DB==")],
  ])("refuses a token %s: one ciphertext has one text", (_, change) => {
    const token = vectors("generate")[0]?.token ?? "";
    expect(key.decrypt(token).toString()).toBe("hello");
    expect(change(token)).not.toBe(token);
    expect(thrown(() => key.decrypt(change(token)))).toEqual(refusal);
  });

  it.each([
    ["URL-safe, padded", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="],
    ["URL-safe, not padded", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4"],
    ["standard, as openssl prints it", "cw/0x689RpI+jtRR7oE8h/eQsKImvJapLeSbXpwF4e4=\n"],
  ])("reads a key that is %s", (_, text) => {
    expect(FernetKey.parse(text).term).toBe(key.term);
  });

  it.each([0, 16, 31, 33, 64])("KeyLength: refuses a key of %i raw bytes", (length) => {
    expect(thrown(() => FernetKey.of(Secret.of(Buffer.alloc(length))))).toMatchObject({ code: "refused" });
  });

  it.each([
    ["16 bytes", "AAAAAAAAAAAAAAAAAAAAAA==", "the key has 16 bytes instead of 32"],
    ["33 bytes", "A".repeat(44), "the key has 33 bytes instead of 32"],
    ["nothing", "", "the key has 0 bytes instead of 32"],
    ["a passphrase", "correct horse battery staple!!!!", "the key is not base64"],
    ["stray bits in the last letter", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e5=", "the key is not base64"],
  ])("KeyLength: refuses %s as a key", (_, text, detail) => {
    expect(thrown(() => FernetKey.parse(text))).toEqual(expect.objectContaining({ code: "refused", detail }));
  });
});
