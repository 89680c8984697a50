import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { BridgeOptions, TestBridge } from "../fixtures/bridge.ts";
import type { TokenOptions } from "../fixtures/fake-auth.ts";
import { modernClientOf, modernServer, startModernBridge } from "../fixtures/modern-bridge.ts";
import { errorOf, type ModernClient, modernMeta } from "../fixtures/modern-client.ts";

let bridge: TestBridge;
beforeAll(async () => {
  bridge = await startModernBridge();
});
afterAll(() => bridge.stop());

let own: TestBridge | undefined;
afterEach(async () => {
  await own?.stop();
  own = undefined;
});
const start = async (options: BridgeOptions): Promise<TestBridge> => {
  own = await startModernBridge(options);
  return own;
};

const clientOf = async (of: TestBridge = bridge, options: TokenOptions = {}): Promise<ModernClient> => modernClientOf(of, options);

describe("C10: headers and body", () => {
  const names = { "tools/call": "safe" } as const;
  it.each([
    ["the header names a harmless tool", { "mcp-name": names["tools/call"] }],
    ["the header is another spelling of the name", { "mcp-name": "DELETE_ALL" }],
    ["there is no name", { "mcp-name": undefined }],
    ["the header names another method", { "mcp-method": "tools/list" }],
    ["there is no method", { "mcp-method": undefined }],
    ["the header names another version", { "mcp-protocol-version": "2025-11-25" }],
    ["there is no version", { "mcp-protocol-version": undefined }],
  ])("that disagree are refused, and nothing happens: %s", async (_what, headers) => {
    const client = await clientOf();
    expect(errorOf(await client.post("tools/call", { name: "delete_all" }, { headers, id: 9 }))).toMatchObject({ status: 400, code: -32020, id: 9 });
    expect(await client.result("deleted")).toMatchObject({ deleted: 0 });
    expect(await client.result("tools/call", { name: "plain" })).toMatchObject({ called: "plain" });
  });

  it("agree in the encoded form, too", async () => {
    const name = "naïve";
    const headers = { "mcp-name": `=?base64?${Buffer.from(name).toString("base64")}?=` };
    expect(await (await clientOf()).result("tools/call", { name }, { headers })).toMatchObject({ called: name });
  });

  it("a name that stands twice in the body is refused, whatever the header says", async () => {
    const client = await clientOf();
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"plain","name":"delete_all","_meta":${JSON.stringify(modernMeta)}}}`;
    for (const name of ["plain", "delete_all"]) expect((await client.postBody(body, client.headersFor("tools/call", { name }))).status).toBe(400);
    expect(await client.result("deleted")).toMatchObject({ deleted: 0 });
  });

  it.each([
    ["located", { region: "eu" }, { "mcp-param-region": "eu" }, 200],
    ["located", { region: "eu" }, { "mcp-param-region": "us" }, 400],
    ["located", { region: "eu" }, {}, 400],
    ["located", {}, { "mcp-param-other": "x" }, 200],
    ["counted", { count: 42 }, { "mcp-param-count": "42.0" }, 200],
    ["counted", { count: 42 }, { "mcp-param-count": "43" }, 400],
  ])("of a call of %s with %j and %j are held to the tool's schema: %d", async (name, args, headers, status) => {
    const answer = await (await clientOf()).post("tools/call", { name, arguments: args }, { headers });
    expect(answer.status).toBe(status);
    if (status === 400) expect(errorOf(answer).code).toBe(-32020);
  });
});

describe("a server that does not say which tools it has", () => {
  const startWith = (...args: string[]) => start({ server: { args: [...modernServer.args, ...args] } });

  it("gets no call: nobody can tell what has to be in its headers, nor what must not", async () => {
    const client = await clientOf(await startWith("--no-list"));
    expect(errorOf(await client.post("tools/call", { name: "delete_all" }))).toMatchObject({ status: 503, code: -32603 });
    expect(await client.result("deleted")).toMatchObject({ deleted: 0 });
  });

  it("but one that has no list at all does, because no client can know a schema of it", async () => {
    expect(await (await clientOf(await startWith("--no-list", "--unknown"))).result("tools/call", { name: "plain" })).toMatchObject({ called: "plain" });
  });
});

describe("C12: a tool that wants a secret in a header", () => {
  it("is not there: not in the list, not for a call, and the log says why", async () => {
    const client = await clientOf();
    const { tools } = await client.result("tools/list");
    expect(JSON.stringify(tools)).not.toContain("secretive");
    expect(errorOf(await client.post("tools/call", { name: "secretive", arguments: { apiKey: "canary" } }, { headers: { "mcp-param-key": "canary" } }))).toMatchObject({ status: 200, code: -32602 });
    expect(bridge.log.some((line) => line.tool === "secretive")).toBe(true);
    expect(JSON.stringify(bridge.log)).not.toContain("canary");
  });

  it("a line break in an argument is no line break in a header: only its encoded form agrees", async () => {
    const client = await clientOf();
    const region = "eu\r\nx-injected: 1";
    const encoded = `=?base64?${Buffer.from(region).toString("base64")}?=`;
    expect(await client.result("tools/call", { name: "located", arguments: { region } }, { headers: { "mcp-param-region": encoded } })).toMatchObject({ arguments: { region } });
    expect((await client.post("tools/call", { name: "located", arguments: { region } }, { headers: { "mcp-param-region": "eu" } })).status).toBe(400);
  });
});

describe("C11: reserved members of _meta", () => {
  it("that no client may send do not reach the server; everything else does", async () => {
    const forbidden = { "io.modelcontextprotocol/serverInfo": { name: "admin" }, "io.modelcontextprotocol/tenant": "other", "io.modelcontextprotocol/subscriptionId": 1 };
    const allowed = { "io.modelcontextprotocol/logLevel": "error", traceparent: "00-1-2-03", "com.example/x": { a: 1.5 }, progressToken: 3 };
    const { line } = await (await clientOf()).result("line", { a: 1 }, { meta: { ...forbidden, ...allowed } });
    const { params } = JSON.parse(String(line));
    expect(params).toEqual({ a: 1, _meta: { ...modernMeta, ...allowed, progressToken: expect.any(Number) } });
  });

  it("decide nothing: a made-up client, person or tenant gets what the token's gets", async () => {
    const [one, other] = [await clientOf(), await clientOf(bridge, { subject: "subject-2" })];
    const lie = { meta: { "io.modelcontextprotocol/clientInfo": { name: "client-1", version: "subject-1" }, tenant: "subject-1", subject: "subject-1" } };
    expect((await other.result("pid", {}, lie)).pid).not.toBe((await one.result("pid")).pid);
  });
});
