import { describe, expect, it } from "vitest";
import { Secret } from "@mcp-auth-proxy/crypto";
import { defaultBridgeLimits, type HttpServer, type McpServer, type StdioServer } from "../../src/index.ts";
import { checkServers } from "../../src/registry/servers.ts";

const server: StdioServer = { name: "one", path: "/mcp", resource: "https://h.example/mcp", command: "npx", args: ["-y", "a b;$(c)"], cwd: "/srv", env: { KEY: "v=1" } };
const check = (...servers: readonly McpServer[]) => checkServers({ externalUrl: "https://h.example", servers, corsOrigins: [], limits: defaultBridgeLimits }).ok;

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

const http: HttpServer = { kind: "http", name: "notes", path: "/notes/mcp", resource: "https://h.example/notes/mcp", url: "https://notes.internal/mcp" };
const token = "${access_token}";

describe("definitions of servers behind an address", () => {
  it.each([
    [http, "the least"],
    [{ ...http, url: "http://10.0.0.7:3000/mcp?x=1" }, "a private one: it is the operator's choice"],
    [{ ...http, inject: { kind: "header", name: "X-Token", template: token } }, "a header of its own"],
    [{ ...http, inject: { kind: "params" } }, "the token among the parameters"],
    [{ ...http, bearerToken: Secret.of("T"), headers: { "X-A": Secret.of("b") }, headerMapping: [{ claim: "/sub", header: "X-User" }] }, "what the operator sends"],
  ] as const)("%o are taken (%s)", (definition, _rationale) => {
    expect(check(definition)).toBe(true);
  });

  it.each([
    [{ ...http, url: "file:///etc/passwd" }, "no address of a server"],
    [{ ...http, url: "https://user:pw@notes.internal/mcp" }, "a password that every log would show"],
    [{ ...http, url: "https://h.example/mcp" }, "the gateway itself"],
    [{ ...http, path: "/a/b/mcp", resource: "https://h.example/a/b/mcp" }, "a path of another form"],
    [{ ...http, path: "/../mcp", resource: "https://h.example/../mcp" }, "a path that leads elsewhere"],
    [{ ...http, inject: { kind: "env", templates: { A: token } } }, "a variable of no process"],
    [{ ...http, inject: { kind: "header", name: "X\r\nY", template: token } }, "two headers in one"],
    [{ ...http, inject: { kind: "header", name: "Authorization", template: "Bearer" } }, "a template without its place"],
    [{ ...http, inject: { kind: "header", name: "Authorization", template: token }, bearerToken: Secret.of("T") }, "two tokens in one header"],
    [{ ...http, headers: { Host: Secret.of("other") } }, "another host"],
    [{ ...http, headers: { "mcp-session-id": Secret.of("1") } }, "somebody's session"],
    [{ ...http, headers: { "X-A": Secret.of("a\r\nb") } }, "a line break in a value"],
    [{ ...http, headerMapping: [{ claim: "/groups", header: "X-Forwarded-Groups" }] }, "a fact that is not known here"],
  ] as const)("%o are refused (%s)", (definition, _rationale) => {
    expect(check(definition)).toBe(false);
  });
});

describe("a token in a process", () => {
  it.each([
    [{ ...server, inject: { kind: "env", templates: { T: token } } }, true, "a process of its own"],
    [{ ...server, inject: { kind: "env", templates: { T: token } }, isolation: "shared" }, false, "everybody's process"],
    [{ ...server, inject: { kind: "file", variable: "F", format: "google-authorized-user" }, isolation: "shared" }, false, "everybody's process"],
    [{ ...server, inject: { kind: "params" }, isolation: "shared" }, true, "the token comes with each call"],
    [{ ...server, inject: { kind: "env", templates: { "A=B": token } } }, false, "a name that is none"],
    [{ ...server, inject: { kind: "env", templates: { A: `${token}\nB=1` } } }, false, "a line break"],
    [{ ...server, inject: { kind: "header", name: "A", template: token } }, false, "a process has no headers"],
  ] as const)("%o: %s (%s)", (definition, taken, _rationale) => {
    expect(check(definition)).toBe(taken);
  });
});
