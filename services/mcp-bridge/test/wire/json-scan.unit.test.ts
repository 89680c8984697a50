import { describe, expect, it } from "vitest";
import { JsonScanError, JsonScanner } from "../../src/wire/json-scan.ts";

const accepts = (text: string): boolean => {
  const scanner = new JsonScanner(Buffer.from(text));
  try {
    scanner.skip();
    scanner.end();
    return true;
  } catch (fault) {
    if (fault instanceof JsonScanError) return false;
    throw fault;
  }
};
const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const good = [
  "{}", "[]", "null", "true", "false", "0", "-0", "1.5e+10", '""', '"\\u00e9\\n\\/"', '[[],{},[{"a":[1,2,{"b":null}]}]]', ' { "a" : 1 , "b" : [ ] } ', '{"":{"":[]}}', '"한국어"',
];
const bad = [
  "", " ", "{", "}", "[", "]", "[1,]", "{,}", '{"a"}', '{"a":}', '{"a":1,}', "{a:1}", "'a'", '"', '"\\x"', '"\\u12g4"', '"\n"', "01", "1.", ".5", "+1", "1e", "--1", "tru", "nul", "truefalse", "[1 2]", "[1]]", "{}{}", '{"a":1 "b":2}', "[}", "{]", '[{"a":1]}', "NaN", "Infinity", "1,2", "\u00a01", "/*c*/1", '"\\', "undefined",
];

describe("the scanner agrees with JSON.parse", () => {
  it.each(good)("takes %j", (text) => {
    expect([accepts(text), parses(text)]).toEqual([true, true]);
  });

  it.each(bad)("refuses %j", (text) => {
    expect([accepts(text), parses(text)]).toEqual([false, false]);
  });

  it("on a thousand texts that are broken at random", () => {
    // A linear congruential generator: the same texts on every run.
    let seed = 7;
    const next = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const alphabet = '{}[],:"\\ua0-1.eE+ tn\n';
    let taken = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const start = good[next(good.length)] ?? "";
      const at = next(start.length + 1);
      const text = start.slice(0, at) + (alphabet[next(alphabet.length)] ?? "") + start.slice(at + next(2));
      expect([text, accepts(text)]).toEqual([text, parses(text)]);
      if (accepts(text)) taken += 1;
    }
    expect(taken).toBeGreaterThan(1_000);
  });
});

describe("bounds", () => {
  it("takes 256 levels and refuses more, whatever they are made of", () => {
    const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
    expect(accepts(nested(256))).toBe(true);
    expect(accepts(nested(257))).toBe(false);
    expect(accepts('{"a":'.repeat(300) + "1" + "}".repeat(300))).toBe(false);
  });

  it("walks megabytes of nesting without a stack and stops at the limit", () => {
    expect(accepts("[".repeat(2_000_000))).toBe(false);
  });
});

describe("object", () => {
  it("decodes escaped keys: a parser of a child does, too", () => {
    const keys: string[] = [];
    const scanner = new JsonScanner(Buffer.from('{"\\u0069d":1,"me\\u0074hod":"x"}'));
    scanner.object((key) => {
      keys.push(key);
      scanner.skip();
    });
    expect(keys).toEqual(["id", "method"]);
  });
});
