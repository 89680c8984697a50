import { describe, expect, it } from "vitest";
import { unambiguousJson } from "../../src/wire/strict-json.ts";

const rewritten = (text: string) => unambiguousJson(Buffer.from(text))?.toString();

describe("a text that a policy decided about", () => {
  it("is left with one way to read it: plain names, plain strings, numbers as they were", () => {
    expect(rewritten(' { "n\\u0061me" : "\\u0064elete" , "n":[1.50, 12345678901234567890, 1e3, true,null] } ')).toBe(
      '{"name":"delete","n":[1.50,12345678901234567890,1e3,true,null]}',
    );
  });

  it.each(['{"a":1,"a":2}', '{"x":[{"b":1,"\\u0062":2}]}', '{"a":1', "{} {}"])("is refused as %j", (text) => {
    expect(rewritten(text)).toBeUndefined();
  });

  it.each([
    ["members", (count: number) => `{${Array.from({ length: count }, (_, at) => `"${at}":0`).join(",")}}`],
    ["elements", (count: number) => `[${Array.from({ length: count }, () => "0").join(",")}]`],
    ["members of elements", (count: number) => `[${Array.from({ length: count / 2 }, () => '{"a":0}').join(",")}]`],
  ])("C18: is refused with more %s than any call has", (_what, text) => {
    expect(rewritten(text(100_000))).toBe(text(100_000));
    expect(rewritten(text(100_002))).toBeUndefined();
  });
});
