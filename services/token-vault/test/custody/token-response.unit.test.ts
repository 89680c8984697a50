import { Secret } from "@mcp-auth-proxy/crypto";
import { describe, expect, it } from "vitest";
import { parseTokenResponse } from "../../src/custody/token-response.ts";

const parse = (body: string | Buffer) => parseTokenResponse(Secret.of(Buffer.from(body)));
const parsed = (more: Readonly<Record<string, unknown>>) => {
  const result = parse(JSON.stringify({ access_token: "a", ...more }));
  if (!result.ok) return result.error;
  const { accessToken, refreshToken, idToken, ...rest } = result.value;
  return { access: accessToken.reveal(), refresh: refreshToken?.reveal(), id: idToken?.reveal(), ...rest };
};
const bare = { access: "a", refresh: undefined, id: undefined, tokenType: "Bearer" };

describe("what a provider answers", () => {
  it.each<[string, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>]>([
    ["the least there can be", {}, bare],
    ["GitHub: no lifetime, commas", { token_type: "bearer", scope: "repo,gist" }, { ...bare, tokenType: "bearer", scope: "repo,gist" }],
    [
      "Google",
      { token_type: "Bearer", expires_in: 3599, refresh_token: "r", id_token: "i", scope: "openid email" },
      { ...bare, refresh: "r", id: "i", scope: "openid email", lifetimeMs: 3_599_000 },
    ],
    ["a lifetime as text", { expires_in: "3600" }, { ...bare, lifetimeMs: 3_600_000 }],
    ["a broken second", { expires_in: 3599.5 }, { ...bare, lifetimeMs: 3_599_500 }],
    ["null for what there is not", { expires_in: null, refresh_token: null, id_token: null, scope: null, token_type: null }, bare],
    ["nothing for what there is not", { expires_in: "", refresh_token: "", id_token: "", scope: "" }, bare],
    ["0 for a token that does not expire", { expires_in: 0 }, bare],
    ["-1 for the same", { expires_in: -1 }, bare],
    ["milliseconds by mistake: bounded", { expires_in: 1e15 }, { ...bare, lifetimeMs: 315_360_000_000 }],
    ["what we do not know of is left", { refresh_token_expires_in: 15_897_600, extra: { nested: true } }, bare],
  ])("is read: %s", (_, response, expected) => {
    expect(parsed(response)).toEqual(expected);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["no token", { access_token: undefined }],
    ["an empty one", { access_token: "" }],
    ["a number", { access_token: 7 }],
    ["a line break would be a header", { access_token: "a\r\nSet-Cookie: x" }],
    ["not ASCII (RFC 6749 appendix A.12)", { access_token: "tökén" }],
    ["longer than any token", { access_token: "a".repeat(16_385) }],
    ["a control character", { refresh_token: "r\u0000" }],
    ["a list", { refresh_token: ["r"] }],
    ["a type that would be a header", { token_type: "Bear er\n" }],
    ["a lifetime that is none", { expires_in: "soon" }],
    ["a lifetime that is none", { expires_in: true }],
    ["a scope with a line break", { scope: "a\nb" }],
  ])("is refused: %s", (_, response) => {
    expect(parsed(response)).toBe("no token response");
  });

  it.each([
    ["a list", "no token response", "[]"],
    ["null", "no token response", "null"],
    ["a text", "no token response", '"token"'],
    ["nothing", "not JSON", ""],
    ["a form", "not JSON", "access_token=a&token_type=bearer"],
    ["no UTF-8", "not JSON", Buffer.from([0x7b, 0xff, 0x7d])],
    ["an error", "no token response", JSON.stringify({ error: "invalid_grant", error_description: "expired" })],
    ["more than it may hold", "too large", `{"access_token":"a","padding":"${"x".repeat(49_152)}"}`],
  ])("is refused where it is %s: %s", (_, reason, body) => {
    expect(parse(body)).toEqual({ ok: false, error: reason });
  });

  it("takes three tokens of the longest kind that a sealed message can hold", () => {
    expect(parsed({ access_token: "a".repeat(16_000), refresh_token: "r".repeat(16_000), id_token: "i".repeat(16_000) })).toMatchObject({ tokenType: "Bearer" });
  });
});
