import { describe, expect, it } from "vitest";
import { carriesToken, withAuthorization } from "../../src/inject/params.ts";
import { aLease } from "./leases.ts";

const inject = (text: string): string | undefined => {
  const injected = withAuthorization(Buffer.from(text), aLease({ token: "T" }));
  return injected.ok ? injected.value.toString("utf8") : undefined;
};

describe("a token among the parameters", () => {
  it.each([
    ["beside others", '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"n":1.0}}}', { name: "a", arguments: { n: 1 }, authorization: "Bearer T" }],
    ["where there were none", '{"jsonrpc":"2.0","id":1,"method":"tools/list"}', { authorization: "Bearer T" }],
    ["in the place of a client's own", '{"jsonrpc":"2.0","id":1,"method":"x","params":{"authorization":"Bearer mine","b":2}}', { b: 2, authorization: "Bearer T" }],
    ["in the place of one in another case", '{"jsonrpc":"2.0","id":1,"method":"x","params":{"Authorization":"Bearer mine","AUTHORIZATION":3}}', { authorization: "Bearer T" }],
    ["in the place of one that is spelt with escapes", '{"jsonrpc":"2.0","id":1,"method":"x","params":{"\\u0061uthorization":"Bearer mine"}}', { authorization: "Bearer T" }],
  ])("stands %s", (_, message, params) => {
    const injected = inject(message);
    expect(JSON.parse(injected ?? "null").params).toEqual(params);
    expect(injected).not.toContain("mine");
  });

  it("leaves every other member as it was", () => {
    expect(inject('{"jsonrpc":"2.0","id":1.0,"method":"x","params":{"n":1e400,"_meta":{"progressToken":"p"}}}')).toBe(
      '{"jsonrpc":"2.0","id":1.0,"method":"x","params":{"n":1e400,"_meta":{"progressToken":"p"},"authorization":"Bearer T"}}',
    );
  });

  it.each([
    ["a name that stands twice", '{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":1,"a":2}}'],
    ["parameters that are a list", '{"jsonrpc":"2.0","id":1,"method":"x","params":[1]}'],
    ["what is no JSON", '{"jsonrpc":'],
  ])("is not put into %s", (_, message) => {
    expect(inject(message)).toBeUndefined();
  });

  it.each(["initialize", "ping", "server/discover", "logging/setLevel", "resources/subscribe"])("is never part of %s, which is said again to the next process", (method) => {
    expect(carriesToken(method)).toBe(false);
  });

  it.each(["tools/call", "tools/list", "resources/read", "prompts/get", "anything/else"])("is part of %s", (method) => {
    expect(carriesToken(method)).toBe(true);
  });
});
