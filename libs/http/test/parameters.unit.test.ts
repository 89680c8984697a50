import { describe, expect, test } from "vitest";
import { parseParameters } from "../src/index.ts";

const form = "application/x-www-form-urlencoded";
const json = "application/json";
const entries = (type: string, raw: string): unknown => {
  const result = parseParameters(type, raw);
  return result.ok ? Object.fromEntries(result.value) : result.error;
};

describe("parseParameters reads", () => {
  test.each([
    { type: form, raw: "", expected: {} },
    { type: form, raw: "a=1&b=2", expected: { a: "1", b: "2" } },
    { type: form, raw: "a=x+y%20z%2B", expected: { a: "x y z+" } },
    { type: form, raw: "a=b=c", expected: { a: "b=c" } },
    { type: form, raw: "a=%ED%95%9C", expected: { a: "한" } },
    { type: form, raw: "a=1&", expected: { a: "1" } },
    { type: form, raw: "__proto__=1&constructor=2", expected: JSON.parse('{"__proto__":"1","constructor":"2"}') as unknown },
    { type: `${form}; charset=UTF-8`, raw: "a=1", expected: { a: "1" } },
    { type: form.toUpperCase(), raw: "a=1", expected: { a: "1" } },
    { type: json, raw: "{}", expected: {} },
    { type: json, raw: ' { "a" : "1" , "b":"\\u00e9\\n" } \n', expected: { a: "1", b: "é\n" } },
    { type: json, raw: '{"a":"}{,:\\""}', expected: { a: '}{,:"' } },
  ])("$type: $raw", ({ type, raw, expected }) => {
    expect(entries(type, raw)).toEqual(expected);
  });

  // RFC 6749 section 3.1: parameters sent without a value are treated as if they were omitted.
  test.each([
    { type: form, raw: "a=&b&c=1" },
    { type: json, raw: '{"a":"","c":"1"}' },
  ])("a parameter without a value as absent: $raw", ({ type, raw }) => {
    expect(entries(type, raw)).toEqual({ c: "1" });
  });
});

describe("parseParameters refuses", () => {
  test.each([
    { why: "twice the same", type: form, raw: "a=1&a=1" },
    { why: "twice, once encoded", type: form, raw: "a=1&%61=2" },
    { why: "twice, once without a value", type: form, raw: "a=1&a=" },
    { why: "twice in JSON", type: json, raw: '{"a":"1","a":"2"}' },
    { why: "twice in JSON, once escaped", type: json, raw: '{"a":"1","\\u0061":"2"}' },
  ])("a duplicate: $why", ({ type, raw }) => {
    expect(entries(type, raw)).toBe("duplicate_parameter");
  });

  test.each([
    { why: "half an escape", type: form, raw: "a=%4" },
    { why: "an escape that is none", type: form, raw: "a=%zz" },
    { why: "an escape that is none, in a name", type: form, raw: "%zz=a" },
    { why: "bytes that are not UTF-8", type: form, raw: "a=%ff%fe" },
    { why: "an overlong encoding", type: form, raw: "a=%c0%af" },
    { why: "an encoded surrogate", type: form, raw: "a=%ed%a0%80" },
    { why: "a NUL", type: form, raw: "a=%00" },
    { why: "a NUL in a name", type: form, raw: "a%00b=1" },
    { why: "a value without a name", type: form, raw: "=1" },
    { why: "a name that is too long", type: form, raw: `${"a".repeat(129)}=1` },
    { why: "a value that is too long", type: form, raw: `a=${"x".repeat(16_385)}` },
    { why: "too many parameters", type: form, raw: Array.from({ length: 65 }, (_, index) => `p${index}=1`).join("&") },
    { why: "no JSON", type: json, raw: "a=1" },
    { why: "nothing at all as JSON", type: json, raw: "" },
    { why: "a list", type: json, raw: '["a"]' },
    { why: "a string", type: json, raw: '"a"' },
    { why: "a number", type: json, raw: '{"a":1}' },
    { why: "null", type: json, raw: '{"a":null}' },
    { why: "an object inside", type: json, raw: '{"a":{"b":"c"}}' },
    { why: "a list inside", type: json, raw: '{"a":["b"]}' },
    { why: "a comma too many", type: json, raw: '{"a":"1",}' },
    { why: "a comma too few", type: json, raw: '{"a":"1" "b":"2"}' },
    { why: "only a comma", type: json, raw: "{,}" },
    { why: "no end", type: json, raw: '{"a":"1"' },
    { why: "something behind the end", type: json, raw: '{"a":"1"}x' },
    { why: "two objects", type: json, raw: '{"a":"1"}{"b":"2"}' },
    { why: "a raw line break in a string", type: json, raw: '{"a":"1\n"}' },
    { why: "an unknown escape", type: json, raw: '{"a":"\\x41"}' },
    { why: "an escaped NUL", type: json, raw: '{"a":"\\u0000"}' },
    { why: "half a surrogate pair", type: json, raw: '{"a":"\\ud800"}' },
    { why: "too many parameters in JSON", type: json, raw: JSON.stringify(Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`p${index}`, "1"]))) },
    { why: "another type", type: "text/plain", raw: "a=1" },
    { why: "a type that only begins like JSON", type: "application/json-patch+json", raw: "{}" },
    { why: "no type", type: "", raw: "a=1" },
  ])("what is malformed: $why", ({ type, raw }) => {
    expect(entries(type, raw)).toBe("malformed");
  });

  test("a hostile body in one reading", () => {
    // Backtracking would need minutes for these; the suite's time limit is the bound.
    for (const raw of [`{${" ".repeat(1_000_000)}`, `{${"}".repeat(1_000_000)}`, `{"a":"1"${" ".repeat(1_000_000)}`, `{"${"\\\\".repeat(500_000)}`, `{"a":"1",${'"'.repeat(1_000_000)}`]) {
      expect(entries(json, raw)).toBe("malformed");
    }
    expect(entries(form, "&".repeat(1_000_000))).toEqual({});
    expect(entries(form, "%".repeat(1_000_000))).toBe("malformed");
  });
});
