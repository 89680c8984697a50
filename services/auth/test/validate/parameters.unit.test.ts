import { describe, expect, it } from "vitest";
import { addressBlock } from "../../src/validate/address-block.ts";
import { parseResponseMode } from "../../src/validate/response-mode.ts";
import { parseResponseType } from "../../src/validate/response-type.ts";
import { responseUri } from "../../src/validate/response-uri.ts";
import { parseState } from "../../src/validate/state.ts";

describe("response_type", () => {
  it.each<[raw: string | undefined, outcome: string, why: string]>([
    ["code", "code", "the only flow"],
    [undefined, "invalid_request", "required"],
    ["", "invalid_request", "empty is absent"],
    ["token", "unsupported_response_type", "the implicit flow is gone"],
    ["code token", "unsupported_response_type", "so are hybrids"],
    ["CODE", "unsupported_response_type", "names have case"],
  ])("%j: %s (%s)", (raw, outcome) => {
    const parsed = parseResponseType(raw);
    expect(parsed.ok ? parsed.value : parsed.error).toBe(outcome);
  });
});

describe("response_mode", () => {
  it.each([
    [undefined, true],
    ["query", true],
    ["fragment", false],
    ["form_post", false],
  ])("%j: %s", (raw, accepted) => {
    expect(parseResponseMode(raw).ok).toBe(accepted);
  });
});

describe("state", () => {
  it.each<[raw: string | undefined, kept: string | undefined, why: string]>([
    [undefined, undefined, "not required: the MCP Inspector may leave it out"],
    ["", undefined, "empty is absent"],
    ["x", "x", "short is fine"],
    [" <&'\"\u0000한", " <&'\"\u0000한", "opaque"],
    ["s".repeat(4096), "s".repeat(4096), "some put a JWT in it"],
  ])("%j is kept as it is (%s)", (raw, kept) => {
    expect(parseState(raw)).toEqual({ ok: true, value: kept });
  });

  it("has a bound", () => {
    expect(parseState("s".repeat(4097))).toEqual({ ok: false, error: "too_long" });
  });
});

describe("the address of a response", () => {
  it.each<[redirectUri: string, target: string, why: string]>([
    ["https://a.example/cb", "https://a.example/cb?code=c&state=s%26%20%2B&iss=https%3A%2F%2Fgate.example.com", "appended"],
    ["https://a.example/cb?x=1", "https://a.example/cb?x=1&code=c&state=s%26%20%2B&iss=https%3A%2F%2Fgate.example.com", "after its own query"],
    ["https://a.example/cb?", "https://a.example/cb?code=c&state=s%26%20%2B&iss=https%3A%2F%2Fgate.example.com", "after its empty query"],
    ["https://a.example", "https://a.example?code=c&state=s%26%20%2B&iss=https%3A%2F%2Fgate.example.com", "nothing is normalised"],
    ["cursor://x/cb", "cursor://x/cb?code=c&state=s%26%20%2B&iss=https%3A%2F%2Fgate.example.com", "any scheme"],
  ])("of %s", (redirectUri, target) => {
    expect(responseUri(redirectUri, { code: "c", error: undefined, state: "s& +", iss: "https://gate.example.com" })).toBe(target);
  });

  it("returns state and iss byte for byte", () => {
    const state = "a+b c%20&=#?/\\\"'<>한🙂";
    const { searchParams } = new URL(responseUri("https://a.example/cb", { state, iss: "https://gate.example.com" }));
    expect([searchParams.get("state"), searchParams.get("iss")]).toEqual([state, "https://gate.example.com"]);
  });

  it("does not fail on half a surrogate pair", () => {
    expect(responseUri("https://a.example/cb", { state: "\uD800" })).toBe("https://a.example/cb?state=%EF%BF%BD");
  });
});

describe("the block that an address is counted with", () => {
  it.each<[address: string, block: string, why: string]>([
    ["192.0.2.7", "192.0.2.7", "IPv4: itself"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "IPv6: its /64"],
    ["2001:DB8:1:2:ffff::1", "2001:db8:1:2::/64", "the same, written otherwise"],
    ["2001:0db8:0001:0002::", "2001:db8:1:2::/64", "the same, with zeros"],
    ["2001:db8::1", "2001:db8:0:0::/64", "zeros left out"],
    ["::1", "0:0:0:0::/64", "loopback"],
    ["unknown", "unknown", "everybody who can not be told apart"],
  ])("of %s is %s", (address, block) => {
    expect(addressBlock(address)).toBe(block);
  });
});
