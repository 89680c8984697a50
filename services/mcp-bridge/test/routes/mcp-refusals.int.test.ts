import { type McpSession, request } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBridge, type TestBridge } from "../fixtures/bridge.ts";

let bridge: TestBridge;
beforeAll(async () => {
  bridge = await startBridge({ limits: { streamAfterMs: 60_000, queuedMessages: 3, sessionsPerSubject: 1_000 } });
});
afterAll(() => bridge.stop());

const open = async (options = {}): Promise<McpSession> => {
  const session = await bridge.session(options);
  expect((await session.initialize()).status).toBe(200);
  return session;
};

describe("messages that are refused", () => {
  it.each([
    ["no JSON", "{", 400, -32700],
    ["JSON and more", '{"jsonrpc":"2.0","id":1,"method":"x"} {}', 400, -32700],
    ["not UTF-8", Buffer.from([0x7b, 0xff, 0x7d]).toString("latin1"), 400, -32700],
    ["a batch in a session that has none", '[{"jsonrpc":"2.0","id":1,"method":"x"}]', 400, -32600],
    ["a null id", '{"jsonrpc":"2.0","id":null,"method":"x"}', 400, -32600],
    ["two methods", '{"jsonrpc":"2.0","id":1,"method":"x","method":"y"}', 400, -32600],
    ["a version of JSON-RPC that is none", '{"jsonrpc":"1.0","id":1,"method":"x"}', 400, -32600],
    ["a request and a response in one", '{"jsonrpc":"2.0","id":1,"method":"x","result":{}}', 400, -32600],
  ])("%s", async (_name, body, status, code) => {
    const session = await open();
    const answer = await request(session.url, { method: "POST", headers: session.headers(), body });
    expect([answer.status, answer.json()]).toMatchObject([status, { jsonrpc: "2.0", error: { code } }]);
    expect((await session.call("echo", { still: "here" })).result).toEqual({ still: "here" });
  });

  it("a body of another type or a compressed one, 415", async () => {
    const session = await open();
    for (const headers of [{ "content-type": "text/plain" }, { "content-encoding": "gzip" }, { "content-type": "application/json; charset=utf-16" }]) {
      expect((await session.post({ jsonrpc: "2.0", id: 1, method: "echo" }, headers)).status).toBe(415);
    }
  });

  it("a body over the limit, 413, and the session goes on", async () => {
    const session = await open();
    const answer = await session.post({ jsonrpc: "2.0", id: 1, method: "echo", params: { text: "x".repeat(4 * 1024 * 1024) } });
    expect([answer.status, answer.json()]).toMatchObject([413, { error: {} }]);
    expect((await session.call("echo", { still: "here" })).result).toEqual({ still: "here" });
  });

  it("a client that takes neither form of answer, 406", async () => {
    const session = await open();
    expect((await session.post({ jsonrpc: "2.0", id: 1, method: "echo" }, { accept: "text/html" })).status).toBe(406);
  });

  it("a version header that names no revision, 400", async () => {
    const session = await open();
    expect((await session.post({ jsonrpc: "2.0", id: 1, method: "echo" }, { "mcp-protocol-version": "1.0" })).status).toBe(400);
  });

  it("a request of the stateless revision that only its body or only its header calls so, 400 with what is missing", async () => {
    const session = await bridge.session();
    const params = { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {} } };
    const stated = await session.post({ jsonrpc: "2.0", id: "d", method: "server/discover", params });
    expect([stated.status, stated.json()]).toMatchObject([400, { id: "d", error: { code: -32020 } }]);
    const headed = await session.post({ jsonrpc: "2.0", id: 2, method: "tools/list" }, { "mcp-protocol-version": "2026-07-28" });
    expect([headed.status, headed.json()]).toMatchObject([400, { id: 2, error: { code: -32602 } }]);
  });

  it("but not an initialize that carries the headers of both eras", async () => {
    const session = await bridge.session();
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
    const answer = await session.post({ jsonrpc: "2.0", id: 1, method: "initialize", params }, { "mcp-protocol-version": "2025-11-25", "mcp-method": "initialize" });
    expect(answer.status).toBe(200);
  });
});
