import { describe, expect, it } from "vitest";
import { narrowScope, parseScope } from "../../src/validate/scope.ts";

describe("the scope of a request", () => {
  it.each<[raw: string | undefined, granted: string, why: string]>([
    [undefined, "mcp-access", "the baseline"],
    ["", "mcp-access", "the baseline"],
    ["mcp-access", "mcp-access", "as asked"],
    ["offline_access", "mcp-access offline_access", "tolerated, and the baseline with it"],
    [" offline_access", "mcp-access offline_access", "a leading space, as Claude sends it"],
    ["offline_access  mcp-access offline_access", "mcp-access offline_access", "once each, in our order"],
    ["openid profile admin *", "mcp-access", "unknown is dropped, not refused"],
    ["MCP-ACCESS Offline_Access", "mcp-access", "scopes have case"],
    ["mcp-access,offline_access", "mcp-access", "commas do not separate"],
    ["offline_access\t\"\\\u0000", "mcp-access", "what is no scope token is unknown"],
  ])("%j grants %j: %s", (raw, granted) => {
    expect(parseScope(raw)).toEqual({ ok: true, value: granted.split(" ") });
  });

  it("has a bound", () => {
    expect(parseScope("a ".repeat(1001))).toEqual({ ok: false, error: "invalid_scope" });
  });
});

describe("the scope of a refresh", () => {
  it.each<[raw: string | undefined, granted: string, outcome: string, why: string]>([
    [undefined, "mcp-access offline_access", "mcp-access offline_access", "as granted"],
    [" ", "mcp-access offline_access", "mcp-access offline_access", "as granted"],
    ["mcp-access", "mcp-access offline_access", "mcp-access", "narrowed"],
    ["mcp-access offline_access", "mcp-access", "mcp-access", "never widened"],
  ])("%j of %j is %j: %s", (raw, granted, outcome) => {
    expect(narrowScope(raw, granted.split(" "))).toEqual({ ok: true, value: outcome.split(" ") });
  });
});
