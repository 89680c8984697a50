import { describe, expect, it } from "vitest";
import { parseScope, narrowScope, scopesWithin } from "../../src/validate/scope.ts";
import { missingScopes, withIncluded, type ScopeCatalogue } from "../../src/validate/scope-catalogue.ts";

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

  it.each<[needed: string, held: string, missing: string, why: string]>([
    ["read", "mcp-access admin", "", "A3.7: included"],
    ["admin", "mcp-access write", "admin", "not the other way round"],
    ["mcp-access write pool", "mcp-access read", "write pool", "A3.6: all that is missing at once"],
  ])("needing %j and having %j, there is missing %j (%s)", (needed, held, missing) => {
    expect(missingScopes(needed.split(" "), held.split(" "), catalogue).join(" ")).toBe(missing);
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
