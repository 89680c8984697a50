import { describe, expect, test } from "vitest";
import { canonicalJson } from "../src/canonical-json.ts";

const write = (value: unknown): string => canonicalJson(value, "value", 1_000);

describe("canonical JSON", () => {
  test.each([
    ["keys are sorted, at every depth", { b: 1, a: { d: [{ z: 1, y: 2 }], c: 2 } }, '{"a":{"c":2,"d":[{"y":2,"z":1}]},"b":1}'],
    ["absent fields are left out", { a: undefined, b: null }, '{"b":null}'],
    ["the order of a list is kept", [3, 1, 2], "[3,1,2]"],
    ["text is kept to the character", "ä\u0000\ud83d\ude00", JSON.stringify("ä\u0000\ud83d\ude00")],
    ["an object without a prototype is an object", Object.setPrototypeOf({ a: 1 }, null), '{"a":1}'],
    ["a key named __proto__ is a key", JSON.parse('{"__proto__":{"a":1},"b":2}'), '{"__proto__":{"a":1},"b":2}'],
  ])("%s", (_rule, value, text) => {
    expect(write(value)).toBe(text);
  });

  test.each([
    ["a date", new Date(0)],
    ["a map", new Map()],
    ["bytes", Buffer.from("a")],
    ["a class instance", new URL("https://example.org")],
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["a bigint", 1n],
    ["a function", () => 1],
    ["a symbol", Symbol("s")],
    ["undefined", undefined],
    ["undefined in a list, which would become null", [undefined]],
  ])("refuses %s, however deep", (_what, value) => {
    expect(() => write(value)).toThrow(expect.objectContaining({ code: "internal" }));
    if (value !== undefined) expect(() => write({ deep: [{ value }] })).toThrow(expect.objectContaining({ code: "internal" }));
  });

  test("counts bytes, not characters, and says how many", () => {
    expect(canonicalJson("한", "value", 5)).toBe('"한"');
    expect(() => canonicalJson("한", "value", 4)).toThrow(expect.objectContaining({ code: "bad_request", detail: "value has 5 bytes, more than 4" }));
  });
});
