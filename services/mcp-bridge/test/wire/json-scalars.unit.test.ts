import { describe, expect, it } from "vitest";
import { scalarEnd, scalarIn } from "../../src/wire/json-scalars.ts";
import { JsonScanner } from "../../src/wire/json-scan.ts";

describe("the value of a scalar is what JSON.parse says", () => {
  it.each([
    ["0", "a digit"],
    ["1234567890", "a whole number"],
    ["999999999999999", "the largest that is counted here"],
    ["9007199254740993", "one that no double is"],
    ["123456789012345678901234567890", "one beyond all digits"],
    ["-7", "a negative one"],
    ["-0", "a zero with a sign, which is another value"],
    ["1.0", "a fraction that is whole"],
    ["1e3", "an exponent"],
    ["true", "a word"],
    ["null", "nothing"],
    ['""', "an empty text"],
    ['"jsonrpc"', "a text that is usual"],
    ['"jsonrpd"', "one of the same length that is not"],
    ['"\\u006aso\\nrpc"', "one with escapes"],
    ['"한국어 ✓"', "one outside of ASCII"],
    ['"\\ud83d\\ude00"', "an escaped pair"],
  ])("%s: %s", (text, _rationale) => {
    const bytes = Buffer.from(`[${text}]`);
    const end = scalarEnd(bytes, 1);
    expect(end).toBe(bytes.length - 1);
    expect(Object.is(scalarIn(bytes, 1, end), JSON.parse(text))).toBe(true);
  });
});

it("a container is no scalar: it is left behind whole, and has no value here", () => {
  const scanner = new JsonScanner(Buffer.from('[{"a":[1]},2]'));
  const values: unknown[] = [];
  scanner.array(() => values.push(scanner.scalar()));
  expect(values).toEqual([undefined, 2]);
});
