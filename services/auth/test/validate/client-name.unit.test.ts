import { describe, expect, it } from "vitest";
import { cleanClientName } from "../../src/validate/client-name.ts";

describe("a client's name for itself", () => {
  it.each<[raw: string, shown: string | undefined, why: string]>([
    ["Claude Code", "Claude Code", "untouched"],
    ["  Claude \t\n Code ", "Claude Code", "white space is one space"],
    ["한국어 클라이언트", "한국어 클라이언트", "any script"],
    ["<b>\"Claude\"</b>", "<b>\"Claude\"</b>", "escaping is the page's business"],
    ["Cla\u200Bu\u200Dde", "Claude", "zero-width characters"],
    ["\u202Eedualc\u202C", "edualc", "a bidi override turns text around"],
    ["a\u2066b\u2069\u200F\u061C", "ab", "bidi isolates and marks"],
    ["Claude\u0000\u001B[2J\u0085", "Claude[2J", "controls"],
    ["Claude\uFEFF\u00AD\u034F\u3164\u115F\u2800", "Claude", "blank letters"],
    ["Claude\u2028Verified\u2029", "Claude Verified", "line breaks of Unicode"],
    ["Claude\u{E0041}\u{E007F}", "Claude", "tag characters"],
    ["Claude\uE000\uD800", "Claude", "private use, half a pair"],
    ["Z\u0301\u0301\u0301\u0301\u0301a", "\u0179\u0301\u0301a", "stacked marks grow over other lines"],
    ["e\u0301", "é", "one form"],
    ["\u200B\u200B", undefined, "nothing readable"],
    ["", undefined, "nothing"],
    [" ", undefined, "nothing"],
    ["\u0301", undefined, "a mark without a letter"],
    ["a".repeat(80), "a".repeat(80), "fits"],
    ["a".repeat(81), `${"a".repeat(79)}…`, "cut"],
    ["👩‍💻".repeat(3), "👩💻👩💻👩💻", "the joiner goes, the pictures stay"],
  ])("%j is shown as %j: %s", (raw, shown) => {
    expect(cleanClientName(raw)).toBe(shown);
  });

  it("stays short, whatever comes", () => {
    expect(cleanClientName("a\u0301\u0301\u0301".repeat(100_000))?.length).toBeLessThanOrEqual(240);
  });
});
