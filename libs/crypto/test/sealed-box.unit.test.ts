import { inspect } from "node:util";
import { CompactEncrypt, importJWK } from "jose";
import { describe, expect, it } from "vitest";
import { createSealingKeyPair, importSealingKeyPair, recipientOf, sealTo, Secret, type SealingKeyPair } from "../src/index.ts";

const plaintext = Buffer.from("canary-canary-canary");
const pair = await createSealingKeyPair();
const other = await createSealingKeyPair();
const refusal = { code: "undecryptable", detail: "the ciphertext does not open with this key" };

/** A message as somebody who ignores our table would make it. */
const foreign = async (to: SealingKeyPair, header: Record<string, string>): Promise<string> => {
  const { kty, crv, x, y } = to.publicKey;
  const key = await importJWK({ kty, crv, x, y }, "ECDH-ES");
  return new CompactEncrypt(plaintext)
    .setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM", kid: to.publicKey.kid, ...header })
    .encrypt(key);
};

describe("sealed box", () => {
  it("opens what was sealed to its public key, and after export and import too", async () => {
    const sealed = await sealTo(pair.publicKey, plaintext);
    const again = await importSealingKeyPair(pair.exportPrivate());
    expect(await pair.open(sealed)).toEqual(plaintext);
    expect(await again.open(sealed)).toEqual(plaintext);
    expect(again.publicKey).toEqual(pair.publicKey);
  });

  it("Confidential: the message holds no byte run of its plaintext", async () => {
    const parts = (await sealTo(pair.publicKey, plaintext)).split(".");
    expect(parts.some((part) => Buffer.from(part, "base64url").includes("canary"))).toBe(false);
  });

  it("Unique: the same plaintext never gives the same message", async () => {
    expect(await sealTo(pair.publicKey, plaintext)).not.toBe(await sealTo(pair.publicKey, plaintext));
  });

  it("Integrity: refuses a message with any part changed", async () => {
    const parts = (await sealTo(pair.publicKey, plaintext)).split(".");
    for (const index of [0, 2, 3, 4]) {
      const changed = parts.map((part, at) => (at === index ? `${part.startsWith("A") ? "B" : "A"}${part.slice(1)}` : part));
      await expect(pair.open(changed.join("."))).rejects.toMatchObject(refusal);
    }
    expect(await pair.open(parts.join("."))).toEqual(plaintext);
  });

  it("refuses a message to another key, also under its own name", async () => {
    await expect(pair.open(await sealTo(other.publicKey, plaintext))).rejects.toMatchObject(refusal);
    await expect(pair.open(await foreign(other, { kid: pair.publicKey.kid }))).rejects.toMatchObject(refusal);
  });

  it.each([
    ["another content encryption", { enc: "A128GCM" }],
    ["another key agreement", { alg: "ECDH-ES+A128KW" }],
    ["a member that we never write", { typ: "JWE" }],
    ["no key of ours", { kid: "x" }],
  ])("refuses %s: the algorithm comes from us", async (_, header) => {
    await expect(pair.open(await foreign(pair, header))).rejects.toMatchObject(refusal);
    expect(await pair.open(await foreign(pair, {}))).toEqual(plaintext);
  });

  it.each(["", "a.b.c.d.e", "....", "eyJhbGciOiJkaXIifQ....x"])("refuses '%s'", async (text) => {
    await expect(pair.open(text)).rejects.toMatchObject(refusal);
  });

  it("names the key that a message was sealed to", async () => {
    expect(recipientOf(await sealTo(pair.publicKey, plaintext))).toBe(pair.publicKey.kid);
    expect(recipientOf("a.b.c.d.e")).toBeUndefined();
  });

  it("refuses to seal to a key under another key's name", async () => {
    await expect(sealTo({ ...pair.publicKey, kid: other.publicKey.kid }, plaintext)).rejects.toMatchObject({ code: "bad_request" });
  });

  it("refuses to seal to a point that is not on the curve", async () => {
    const off = { ...pair.publicKey, x: other.publicKey.x };
    await expect(sealTo(off, plaintext)).rejects.toMatchObject({ code: "bad_request" });
  });

  it.each(["", "{}", "null", '{"kty":"EC","crv":"P-384","x":"a","y":"b","d":"c"}', "[1]"])("refuses '%s' as a private key", async (text) => {
    await expect(importSealingKeyPair(Secret.of(text))).rejects.toMatchObject(refusal);
  });

  it("shows no private key when it is printed", () => {
    const jwk: { d: string } = JSON.parse(pair.exportPrivate().reveal());
    expect(`${inspect(pair, { depth: 9, showHidden: true })}${JSON.stringify(pair)}`).not.toContain(jwk.d);
  });
});
