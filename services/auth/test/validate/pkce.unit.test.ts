import { constantTimeEqual, sha256 } from "@mcp-auth-proxy/crypto";
import { describe, expect, it } from "vitest";
import { checkProof, parseChallenge, type PkcePolicy } from "../../src/validate/pkce.ts";

const strict: PkcePolicy = { required: true, methods: ["S256"] };
const loose: PkcePolicy = { required: false, methods: ["S256", "plain"] };
const digest = { sha256: (value: string) => sha256(value), constantTimeEqual: (a: string, b: string) => constantTimeEqual(a, b) };

// RFC 7636 appendix B.
const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

describe("the challenge", () => {
  it.each<[challenge: string | undefined, method: string | undefined, policy: PkcePolicy, outcome: unknown, why: string]>([
    [challenge, "S256", strict, { challenge, method: "S256" }, "the one way"],
    [undefined, undefined, strict, "challenge_missing", "required for every client"],
    ["", "S256", strict, "challenge_missing", "empty is absent"],
    [challenge, undefined, strict, "method_refused", "no method means plain"],
    [challenge, "plain", strict, "method_refused", "whoever reads the request has the verifier"],
    [challenge, "s256", strict, "method_refused", "names have case"],
    [challenge, "S512", strict, "method_refused", "unknown"],
    [challenge.slice(1), "S256", strict, "challenge_malformed", "42 characters are no SHA-256"],
    [`${challenge}A`, "S256", strict, "challenge_malformed", "nor are 44"],
    [`${challenge.slice(0, 42)}=`, "S256", strict, "challenge_malformed", "padding"],
    [`${challenge.slice(0, 42)}+`, "S256", strict, "challenge_malformed", "the other base64"],
    [`${challenge}\n`, "S256", strict, "challenge_malformed", "a line break at the end"],
    [undefined, undefined, loose, undefined, "the operator asked for it, on loopback"],
    [undefined, "S256", loose, "challenge_missing", "a client that believes it is protected"],
    [verifier, "plain", loose, { challenge: verifier, method: "plain" }, "the operator asked for it"],
    [verifier, undefined, loose, { challenge: verifier, method: "plain" }, "RFC 7636 section 4.3"],
    ["short", "plain", loose, "challenge_malformed", "a plain challenge is a verifier"],
  ])("%j by %j: %#", (raw, method, policy, outcome) => {
    const parsed = parseChallenge({ challenge: raw, method }, policy);
    expect(parsed.ok ? parsed.value : parsed.error).toEqual(outcome);
  });
});

describe("the proof", () => {
  const s256 = { challenge, method: "S256" } as const;
  it.each<[verifier: string | undefined, stored: Parameters<typeof checkProof>[1], outcome: unknown, why: string]>([
    [verifier, s256, undefined, "RFC 7636 appendix B"],
    [`${verifier.slice(0, 42)}x`, s256, "verifier_wrong", "one character off"],
    [undefined, s256, "verifier_missing", "a stolen code alone is worth nothing"],
    ["", s256, "verifier_missing", "empty is absent"],
    [challenge, s256, "verifier_wrong", "the challenge was seen by everybody"],
    [verifier.slice(0, 42), s256, "verifier_malformed", "too short"],
    ["a".repeat(129), s256, "verifier_malformed", "too long"],
    [`${verifier.slice(0, 42)}+`, s256, "verifier_malformed", "not unreserved"],
    [verifier, { challenge: verifier, method: "plain" }, undefined, "plain, where allowed"],
    [challenge, { challenge: verifier, method: "plain" }, "verifier_wrong", "plain, wrong"],
    [undefined, undefined, undefined, "none asked, none given"],
    [verifier, undefined, "verifier_unexpected", "somebody took the challenge out of the request"],
  ])("%j against %j: %#", (raw, stored, outcome) => {
    const checked = checkProof(raw, stored, digest);
    expect(checked.ok ? checked.value : checked.error).toEqual(outcome);
  });

  it("compares in constant time", () => {
    const compared: unknown[] = [];
    checkProof(verifier, s256, { ...digest, constantTimeEqual: (a, b) => compared.push([a, b]) > 0 });
    expect(compared).toEqual([[challenge, challenge]]);
  });
});
