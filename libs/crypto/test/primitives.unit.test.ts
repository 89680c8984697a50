import { describe, expect, it } from "vitest";
import { constantTimeEqual, deriveKey, fingerprint, randomBytes, randomToken, Secret, sha256, uuidv7 } from "../src/index.ts";

describe("constantTimeEqual", () => {
  it.each([
    ["the same text", "abc", "abc", true],
    ["text and its bytes", "é", Buffer.from("é", "utf8"), true],
    ["nothing and nothing", "", "", true],
    ["another text of the same length", "abc", "abd", false],
    ["a shorter text", "abc", "ab", false],
    ["a longer text", "abc", "abcd", false],
    ["nothing", "abc", "", false],
    ["a text in another Unicode form", "é", "e\u0301", false],
  ])("compares with %s", (_, a, b, equal) => {
    expect(constantTimeEqual(a, b)).toBe(equal);
  });
});

describe("random", () => {
  it("Unique: never gives the same twice", () => {
    const made = Array.from({ length: 1000 }, () => [randomToken(16), randomBytes(16).toString("hex"), uuidv7()]).flat();
    expect(new Set(made).size).toBe(3000);
  });

  it("gives a token of as many bytes as asked, in base64url", () => {
    expect(randomToken(32)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it("makes a version 7 UUID that starts with its millisecond", () => {
    expect(uuidv7(0x017f22e279b0)).toMatch(/^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe("hashes", () => {
  it("sha256 is the published digest of 'abc' (FIPS 180-2, B.1)", () => {
    expect(Buffer.from(sha256("abc"), "base64url").toString("hex")).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });

  it("derives other bytes for every context, and the same for the same", () => {
    const input = Buffer.alloc(32, 1);
    expect(deriveKey(input, "a")).toEqual(deriveKey(input, "a"));
    expect(deriveKey(input, "a")).not.toEqual(deriveKey(input, "b"));
    expect(deriveKey(Buffer.alloc(32, 2), "a")).not.toEqual(deriveKey(input, "a"));
    expect(deriveKey(input, "a", 64)).toHaveLength(64);
  });

  it("derives what RFC 5869 test case 3 derives", () => {
    expect(deriveKey(Buffer.alloc(22, 0x0b), "", 42).toString("hex")).toBe(
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    );
  });

  const key = Secret.of(Buffer.alloc(32, 1));
  it("a fingerprint depends on key, context and value", () => {
    const one = fingerprint(key, "login", "alice");
    expect(fingerprint(key, "login", "alice")).toBe(one);
    const others = [
      fingerprint(Secret.of(Buffer.alloc(32, 2)), "login", "alice"),
      fingerprint(key, "address", "alice"),
      fingerprint(key, "login", "bob"),
      fingerprint(key, "logina", "lice"),
    ];
    expect(new Set([one, ...others]).size).toBe(5);
  });
});
