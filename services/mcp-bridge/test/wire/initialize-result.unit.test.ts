import { describe, expect, it } from "vitest";
import { withCodeChallengeMethods } from "../../src/wire/initialize-result.ts";

const spliced = (text: string): string => withCodeChallengeMethods(Buffer.from(text)).toString();

describe("the splice into the result of initialize", () => {
  it.each([
    ['{"jsonrpc":"2.0","id":1,"result":{"a":1}}', '{"jsonrpc":"2.0","id":1,"result":{"code_challenge_methods_supported":["S256"],"a":1}}'],
    ['{"result" : { },"id":1}', '{"result" : {"code_challenge_methods_supported":["S256"] },"id":1}'],
    ['{"meta":{"result":{"b":1}},"result":{"한":"\\"result\\":{"}}', '{"meta":{"result":{"b":1}},"result":{"code_challenge_methods_supported":["S256"],"한":"\\"result\\":{"}}'],
    ['{"result":{"code_challenge_methods_supported":["S256"]}}', '{"result":{"code_challenge_methods_supported":["S256"]}}'],
    ['{"error":{"code":1}}', '{"error":{"code":1}}'],
    ['{"result":[]}', '{"result":[]}'],
    ["no json", "no json"],
  ])("%s", (before, after) => {
    expect(spliced(before)).toBe(after);
  });
});
