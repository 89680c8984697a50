import { describe, expect, it } from "vitest";
import { parseJwks } from "../../src/validate/client-jwks.ts";

const ec = { kty: "EC", crv: "P-256", x: "x", y: "y" };

describe("a key set of a client", () => {
  it("keeps the members that make a public key, and nothing else", () => {
    const parsed = parseJwks({ keys: [{ ...ec, kid: "1", alg: "none", use: "sig", x5u: "https://evil.example", key_ops: ["verify"] }, { kty: "RSA", n: "n", e: "AQAB" }, { kty: "OKP", crv: "Ed25519", x: "x" }] });
    expect(parsed).toEqual({ ok: true, value: [{ ...ec, kid: "1" }, { kty: "RSA", n: "n", e: "AQAB" }, { kty: "OKP", crv: "Ed25519", x: "x" }] });
  });

  it("passes over keys that verify no signature, as long as one is left (RFC 7517 section 5)", () => {
    expect(parseJwks({ keys: [{ ...ec, use: "enc" }, { kty: "future" }, { kty: "EC", crv: "P-256" }, ec] })).toEqual({ ok: true, value: [ec] });
  });

  it.each<[value: unknown, error: string, why: string]>([
    [undefined, "malformed", "nothing"],
    ["x", "malformed", "a string"],
    [[], "malformed", "a list"],
    [{}, "malformed", "no keys"],
    [{ keys: {} }, "malformed", "keys that are no list"],
    [{ keys: [7] }, "malformed", "a key that is no object"],
    [{ keys: [] }, "no_usable_key", "an empty list"],
    [{ keys: [{ ...ec, use: "enc" }] }, "no_usable_key", "only for encryption"],
    [{ keys: [{ ...ec, x: "" }] }, "no_usable_key", "an empty coordinate"],
    [{ keys: [{ ...ec, x: "x".repeat(2_049) }] }, "no_usable_key", "a bound on the length"],
    [{ keys: [{ kty: "RSA", n: "n".repeat(512), e: "e".repeat(512) }] }, "no_usable_key", "an exponent that makes each verification cost seconds (C18)"],
    [{ keys: [{ kty: "RSA", n: "n".repeat(685), e: "AQAB" }] }, "no_usable_key", "a modulus that is longer than anybody needs"],
    [{ keys: Array.from({ length: 21 }, () => ec) }, "too_many", "a bound on the number"],
    [{ keys: [ec, { ...ec, d: "d" }] }, "private_key", "a private half is known to everybody"],
    [{ keys: [{ kty: "RSA", n: "n", e: "e", p: "p" }] }, "private_key", "part of a private half"],
    [{ keys: [{ kty: "oct", k: "k" }] }, "private_key", "a shared secret"],
  ])("%j is refused as %s: %s", (value, error) => {
    expect(parseJwks(value)).toEqual({ ok: false, error });
  });
});
