import { describe, expect, it } from "vitest";
import { defaultBridgeLimits, type StdioServer } from "../../src/index.ts";
import { checkServers } from "../../src/registry/servers.ts";

const server: StdioServer = { name: "one", path: "/mcp", resource: "https://h.example/mcp", command: "npx", args: ["-y", "a b;$(c)"], cwd: "/srv", env: { KEY: "v=1" } };
const check = (...servers: readonly StdioServer[]) => checkServers({ externalUrl: "https://h.example", servers, corsOrigins: [], limits: defaultBridgeLimits }).ok;

describe("C02: server definitions", () => {
  it("are taken as they are: nothing here is read by a shell", () => {
    expect(check(server)).toBe(true);
  });

  it.each([
    [{ ...server, resource: "https://h.example/mcp/" }, "an audience that is not the address"],
    [{ ...server, command: "" }, "no command"],
    [{ ...server, command: "np\0x" }, "a NUL in the command"],
    [{ ...server, args: ["a\0b"] }, "a NUL in an argument"],
    [{ ...server, env: { "A=B": "x" } }, "a name that is an assignment"],
    [{ ...server, env: { A: "x\nLD_PRELOAD=y" } }, "a line break in a value"],
    [{ ...server, env: { A: "x\0" } }, "a NUL in a value"],
  ])("%o are refused (%s)", (definition, _rationale) => {
    expect(check(definition)).toBe(false);
  });

  it("are refused when two want one path, or there is none", () => {
    expect([check(server, { ...server, name: "two" }), check()]).toEqual([false, false]);
  });
});
