import { describe, expect, it } from "vitest";
import { parseScope, narrowScope, scopesWithin } from "../../src/validate/scope.ts";
import { type ScopeCatalogue, withIncluded, withoutDeclined } from "../../src/validate/scope-catalogue.ts";

const catalogue: ScopeCatalogue = [
  { name: "admin", includes: ["write"] },
  { name: "write", includes: ["read"] },
  { name: "read", includes: [] },
  { name: "loop", includes: ["loop", "pool"] },
  { name: "pool", includes: ["loop"] },
];
const value = (result: { ok: boolean; value?: readonly string[]; error?: string }) => (result.ok ? (result.value ?? []).join(" ") : result.error);

describe("a hierarchy of scopes", () => {
  it.each<[held: string, all: string, why: string]>([
    ["admin", "admin write read", "through two steps"],
    ["read", "read", "nothing below"],
    ["loop", "loop pool", "a circle ends"],
    ["unknown", "unknown", "nothing is known of it"],
  ])("%s stands for %s (%s)", (held, all) => {
    expect([...withIncluded([held], catalogue)].join(" ")).toBe(all);
  });

  it.each<[declined: string, left: string, why: string]>([
    ["read", "mcp-access", "whoever holds write or admin holds read"],
    ["write", "mcp-access read", "what it includes is not declined with it"],
    ["", "mcp-access admin write read", "nothing"],
    ["other", "mcp-access admin write read", "nothing that is there"],
  ])("where %j is declined, %j is left (%s)", (declined, left) => {
    expect(withoutDeclined(["mcp-access", "admin", "write", "read"], declined.split(" "), catalogue).join(" ")).toBe(left);
  });

  it.each<[asked: string | undefined, granted: string, why: string]>([
    [undefined, "mcp-access", "the least"],
    ["write", "mcp-access write read", "with what it includes"],
    ["mcp-access offline_access read other", "mcp-access offline_access read", "unknown ones are dropped"],
  ])("asking for %j gets %j (%s)", (asked, granted) => {
    expect(value(parseScope(asked, catalogue))).toBe(granted);
  });

  it("without a catalogue knows the two of every server only", () => {
    expect(value(parseScope("write"))).toBe("mcp-access");
  });

  it("narrows within what was granted", () => {
    const granted = ["mcp-access", "write", "read"];
    expect(value(narrowScope("read", granted, catalogue))).toBe("mcp-access read");
    expect(value(narrowScope("admin", granted, catalogue))).toBe("mcp-access write read");
    expect(value(narrowScope(undefined, granted, catalogue))).toBe("mcp-access write read");
  });

  it.each<[asked: string | undefined, outcome: string]>([
    ["read", "mcp-access read"],
    [" read  ", "mcp-access read"],
    [undefined, "mcp-access write read"],
    ["", "mcp-access write read"],
    ["admin", "invalid_scope"],
    ["read other", "invalid_scope"],
  ])("where more than there is refuses, %j is %j", (asked, outcome) => {
    expect(value(scopesWithin(asked, ["mcp-access", "write"], catalogue))).toBe(outcome);
  });
});
