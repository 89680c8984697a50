import { describe, expect, it } from "vitest";
import { decrypt, encrypt } from "../src/index.ts";
import { thrown } from "./thrown.ts";

const key = Buffer.alloc(32, 7);
const plaintext = Buffer.from("canary-canary-canary");
const refusal = expect.objectContaining({ code: "undecryptable", detail: "the ciphertext does not open with this key" });

describe("envelope", () => {
  it("opens what it closed, the empty message too", () => {
    expect(decrypt(key, encrypt(key, plaintext, "here"), "here")).toEqual(plaintext);
    expect(decrypt(key, encrypt(key, new Uint8Array(0), ""), "")).toEqual(Buffer.alloc(0));
  });

  it("opens a text written by another implementation", () => {
    expect(decrypt(key, "a1.AAECAwQFBgcICQoLcOSFHHL3XTAj-jEP_fUqbNZlwNtm", "here").toString()).toBe("hello");
  });

  it("Confidential: the text holds no byte run of its plaintext", () => {
    expect(Buffer.from(encrypt(key, plaintext, "here").slice(3), "base64url").includes("canary")).toBe(false);
  });

  it("Integrity: refuses a text with any one byte changed", () => {
    const bytes = Buffer.from(encrypt(key, plaintext, "here").slice(3), "base64url");
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(thrown(() => decrypt(key, `a1.${changed.toString("base64url")}`, "here"))).toEqual(refusal);
    }
  });

  it("MoveIntegrity: refuses a text at another place", () => {
    const text = encrypt(key, plaintext, "here");
    expect(thrown(() => decrypt(key, text, "there"))).toEqual(refusal);
    expect(decrypt(key, text, "here")).toEqual(plaintext);
  });

  it("Unique: the same plaintext never gives the same text", () => {
    expect(encrypt(key, plaintext, "here")).not.toBe(encrypt(key, plaintext, "here"));
  });

  it.each([0, 16, 24, 31, 33, 64])("KeyLength: refuses a key of %i bytes", (length) => {
    const text = encrypt(key, plaintext, "here");
    expect(thrown(() => encrypt(Buffer.alloc(length), plaintext, "here"))).toMatchObject({ code: "internal" });
    expect(thrown(() => decrypt(Buffer.alloc(length), text, "here"))).toEqual(refusal);
  });

  it.each([
    ["nothing", ""],
    ["no format", "AAAA"],
    ["an unknown format", "a2.AAAA"],
    ["too few bytes for a tag", "a1.AAAA"],
    ["what is not base64url", "a1.%%%%"],
    ["another key's text", encrypt(Buffer.alloc(32, 8), plaintext, "here")],
  ])("refuses %s with the same error", (_, text) => {
    expect(thrown(() => decrypt(key, text, "here"))).toEqual(refusal);
  });

  it("refuses a second spelling of the same bytes", () => {
    const text = encrypt(key, Buffer.from("abc"), "here");
    expect(thrown(() => decrypt(key, `${text}=`, "here"))).toEqual(refusal);
    expect(thrown(() => decrypt(key, `${text}\n`, "here"))).toEqual(refusal);
  });
});
