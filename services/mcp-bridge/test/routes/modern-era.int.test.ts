import { isObject } from "@mcp-auth-proxy/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { plainServer, type BridgeOptions, type TestBridge } from "../fixtures/bridge.ts";
import type { TokenOptions } from "../fixtures/fake-auth.ts";
import { fussyServer, modernClientOf, startModernBridge } from "../fixtures/modern-bridge.ts";
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

describe("a request of revision 2026-07-28", () => {
  it("needs no session: it is answered in the body, with its own id, and no session is opened", async () => {
    const answer = await (await clientOf()).post("server/discover", {}, { id: "discover-1" });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("mcp-session-id")).toBeNull();
    expect(answer.json()).toMatchObject({ id: "discover-1", result: { supportedVersions: ["2026-07-28"], resultType: "complete" } });
  });

  it("reaches the server as it came, but for the id and the progress token, which are the gateway's numbers", async () => {
    const client = await clientOf();
    const meta = JSON.stringify({ ...modernMeta, progressToken: "t" });
    const body = `{ "jsonrpc":"2.0", "id" : "x", "method":"line",\r\n "params":{"n":1.50,"_meta":${meta},"e":"\\u00e9"}, "unknown":[1,{"a":1,"a":2}] }`;
    const answer = await client.postBody(body, client.headersFor("line", {}));
    const { result, id } = answer.json();
    expect(id).toBe("x");
    const line = isObject(result) ? String(result.line) : "";
    const number = /"id" : (\d+),/.exec(line)?.[1] ?? "";
    expect(line).toBe(body.replace('"x"', number).replace('"progressToken":"t"', `"progressToken":${number}`).replaceAll(/[\r\n]/g, " "));
  });

  it("comes back as the server wrote it, with the id as the client wrote it", async () => {
    const client = await clientOf();
    const text = '{"result":{"z":1.0,"dup":1,"dup":2,"resultType":"complete"},"_extra":null,"id":ID,"jsonrpc":"2.0"}';
    // Only the server knows its number: it is the one after that of the request before.
    const { result } = (await client.post("line")).json();
    const next = Number(/"id":(\d+)/.exec(isObject(result) ? String(result.line) : "")?.[1]) + 1;
    const body = `{"jsonrpc":"2.0","id":7.0,"method":"say","params":{"text":${JSON.stringify(text.replace("ID", String(next)))},"_meta":${JSON.stringify(modernMeta)}}}`;
    const answer = await client.postBody(body, client.headersFor("say", {}));
    expect(answer.text).toBe(text.replace("ID", "7.0"));
  });

  it.each([
    ["no _meta at all", { meta: { "io.modelcontextprotocol/protocolVersion": undefined, "io.modelcontextprotocol/clientCapabilities": undefined } }],
    ["no version", { meta: { "io.modelcontextprotocol/protocolVersion": undefined } }],
    ["no capabilities", { meta: { "io.modelcontextprotocol/clientCapabilities": undefined } }],
    ["capabilities that are no object", { meta: { "io.modelcontextprotocol/clientCapabilities": "all" } }],
    ["a log level that does not exist", { meta: { "io.modelcontextprotocol/logLevel": "chatty" } }],
  ])("with %s is 400 and -32602", async (_what, sending) => {
    expect(errorOf(await (await clientOf()).post("pid", {}, { ...sending, id: 5 }))).toMatchObject({ status: 400, code: -32602, id: 5 });
  });

  it("C18: with more members than any request has is 400, and the next is served", async () => {
    const client = await clientOf();
    const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, at]));
    expect(errorOf(await client.post("pid", members(10_000), { id: 5 }))).toMatchObject({ status: 400, code: -32600, id: 5 });
    expect(await client.result("pid", members(9_000))).toHaveProperty("pid");
  });

  it("that names no client is served", async () => {
    expect(await (await clientOf()).result("pid", {}, { meta: { "io.modelcontextprotocol/clientInfo": undefined } })).toHaveProperty("pid");
  });

  it("of a version that is not spoken is 400 and -32022, with what is", async () => {
    const version = "v999.0.0";
    const answer = await (await clientOf()).post("pid", {}, { meta: { "io.modelcontextprotocol/protocolVersion": version }, headers: { "mcp-protocol-version": version } });
    expect(errorOf(answer)).toMatchObject({ status: 400, code: -32022, data: { supported: ["2026-07-28"], requested: version } });
  });

  it.each([
    [-32601, 404],
    [-32021, 400],
    [-32602, 200],
    [-32603, 200],
    [-32002, 200],
    [1, 200],
  ])("that its server fails with %d is %d", async (code, status) => {
    expect(errorOf(await (await clientOf()).post("fail", { code, data: { requiredCapabilities: {} } }))).toMatchObject({ status, code });
  });

  it("for a method that there is not is 404, initialize among them", async () => {
    const client = await clientOf();
    for (const method of ["initialize", "ping", "logging/setLevel", "un/known"]) expect(errorOf(await client.post(method))).toMatchObject({ status: 404, code: -32601 });
  });

  it("is not refused for its headers by the server, which never sees any", async () => {
    expect(errorOf(await (await clientOf()).post("fail", { code: -32020 }))).toMatchObject({ status: 200, code: -32603 });
  });

  it("as a notification, which this revision does not have, is taken and passed to nobody", async () => {
    const client = await clientOf();
    const body = JSON.stringify({ jsonrpc: "2.0", method: "tools/call", params: { name: "delete_all", _meta: modernMeta } });
    expect((await client.postBody(body, client.headersFor("tools/call", { name: "delete_all" }))).status).toBe(202);
    expect(await client.result("deleted")).toMatchObject({ deleted: 0 });
  });

  it("has no GET and no DELETE of its own: 405 and 400, as sessions have it", async () => {
    const client = await clientOf();
    const headers = client.headersFor("x", {});
    expect((await fetch(client.url, { headers })).status).toBe(405);
    expect((await fetch(client.url, { method: "DELETE", headers })).status).toBe(400);
  });
});

describe("a server of the other era", () => {
  it("is no server for a request of this one: 400 and -32022 with the revisions it has", async () => {
    const older = await clientOf(await start({ server: fussyServer }));
    expect(errorOf(await older.post("tools/list", {}, { id: 3 }))).toMatchObject({
      status: 400,
      id: 3,
      code: -32022,
      data: { supported: ["2025-06-18", "2025-03-26", "2024-11-05"], requested: "2026-07-28" },
    });
  });

  it("is looked at again when it says that it is of the other era after all", async () => {
    const gateway = await start({});
    const client = await clientOf(gateway);
    const found = (): number => gateway.log.filter(({ msg }) => msg === "the era of an MCP server was found").length;
    await client.result("pid");
    expect(errorOf(await client.post("fail", { code: -32022, data: { supported: ["2025-11-25"] } }))).toMatchObject({ status: 400, code: -32022 });
    expect(found()).toBe(1);
    await client.result("pid");
    expect(found()).toBe(2);
  });

  it("still has its sessions, whatever it was asked before", async () => {
    const gateway = await start({ server: plainServer, limits: { eraSilenceMs: 200 } });
    expect((await (await clientOf(gateway)).post("tools/list")).status).toBe(400);
    const session = await gateway.session();
    expect((await session.initialize()).status).toBe(200);
  });
});
