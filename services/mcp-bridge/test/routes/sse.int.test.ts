import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { CreateMessageRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { eventsIn, everythingServer, isRunning, McpSession, type OpenStream, request, waitFor } from "@mcp-auth-proxy/testing";
import { afterEach, describe, expect, it } from "vitest";
import { startBridge, type BridgeOptions, type TestBridge } from "../fixtures/bridge.ts";

let bridge: TestBridge | undefined;
afterEach(async () => {
  await bridge?.stop();
  bridge = undefined;
});
const start = async (options: BridgeOptions = {}): Promise<TestBridge> => {
  bridge = await startBridge(options);
  return bridge;
};
interface Opened {
  readonly stream: OpenStream;
  readonly endpoint: string;
  readonly post: (message: unknown, token?: string) => Promise<number>;
}
const open = async (running: TestBridge, token: string): Promise<Opened> => {
  const stream = await new McpSession(`${running.base}/sse`, token).openStream();
  expect(stream.status).toBe(200);
  await waitFor("the endpoint", () => stream.text().includes("\n\n"));
  const [first] = eventsIn(stream.text());
  expect(first?.event).toBe("endpoint");
  const endpoint = new URL(first?.data ?? "", running.base).href;
  const post = async (message: unknown, other = token): Promise<number> =>
    (await request(endpoint, { method: "POST", headers: { authorization: `Bearer ${other}`, "content-type": "application/json" }, body: JSON.stringify(message) })).status;
  return { stream, endpoint, post };
};
const initialize = { jsonrpc: "2.0", id: 0, method: "initialize", params: { protocolVersion: "2024-11-05", capabilities: {}, clientInfo: { name: "t", version: "1" } } };

describe("HTTP+SSE of 2024-11-05", () => {
  it("says where to post, answers posts 202 and with messages on the stream, without event ids", async () => {
    const running = await start();
    const { stream, endpoint, post } = await open(running, await running.token());
    expect(new URL(endpoint).origin).toBe(running.base);
    for (const message of [initialize, { jsonrpc: "2.0", method: "notifications/initialized" }, { jsonrpc: "2.0", id: 1, method: "progress", params: { count: 2, _meta: { progressToken: "t" } } }]) {
      expect(await post(message)).toBe(202);
    }
    await waitFor("the answer", () => stream.text().includes('"result":{"count":2}'));
    expect(eventsIn(stream.text()).map(({ event, id }) => [event, id])).toEqual([["endpoint", undefined], ...Array.from({ length: 4 }, () => ["message", undefined])]);
    stream.close();
  });

  it("works with the SDK's client, questions of the server included", async () => {
    const [command = "", ...args] = everythingServer;
    const running = await start({ server: { command, args } });
    const headers = { authorization: `Bearer ${await running.token()}` };
    const client = new Client({ name: "test", version: "1" }, { capabilities: { sampling: {} } });
    client.setRequestHandler(CreateMessageRequestSchema, async () => ({ model: "m", role: "assistant", content: { type: "text", text: "sampled" } }));
    await client.connect(new SSEClientTransport(new URL(`${running.base}/sse`), { requestInit: { headers }, eventSourceInit: { fetch: (url, init) => fetch(url, { ...init, headers: { ...headers, accept: "text/event-stream" } }) } }));
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("echo");
    expect(JSON.stringify(await client.callTool({ name: "ask-model", arguments: { message: "?" } }))).toContain("sampled");
    await client.close();
  });

  it("C07: takes posts of nobody but whose stream it is, on no other route, and not without a token", async () => {
    const running = await start();
    const { stream, endpoint, post } = await open(running, await running.token());
    for (const other of [{ subject: "other" }, { client: "other" }]) expect(await post(initialize, await running.token(other))).toBe(404);
    expect(await post(initialize, "nonsense")).toBe(401);
    const id = new URL(endpoint).searchParams.get("session") ?? "";
    const session = await running.session();
    session.sessionId = id;
    expect((await session.post({ jsonrpc: "2.0", id: 1, method: "echo" })).status).toBe(404);
    expect((await session.openStream()).status).toBe(404);
    expect((await session.delete()).status).toBe(404);
    expect(await post(initialize)).toBe(202);
    await waitFor("the answer", () => stream.text().includes('"id":0'));
    stream.close();
  });

  it("C05: ends its process with the stream", async () => {
    const running = await start();
    const { stream, post } = await open(running, await running.token());
    await post(initialize);
    await post({ jsonrpc: "2.0", id: 1, method: "heard" });
    const pid = Number(await waitFor("the pid", () => /"pid":(\d+)/.exec(stream.text())?.[1]));
    stream.close();
    await waitFor("its end", () => !isRunning(pid));
    expect(await post({ jsonrpc: "2.0", id: 2, method: "echo" })).toBe(404);
  });

  it("while the gateway stops, goes on until its last call is answered, questions within it included; then it ends", async () => {
    const running = await start();
    const { stream, post } = await open(running, await running.token());
    await post(initialize);
    await post({ jsonrpc: "2.0", id: 1, method: "ask", params: { as: "q" } });
    await waitFor("the question", () => stream.text().includes('"id":"q"'));
    const idle = await open(running, await running.token({ subject: "idle" }));
    const stopped = running.service.stop(10_000);
    await idle.stream.ended;
    expect(await post({ jsonrpc: "2.0", id: "q", result: { roots: ["r"] } })).toBe(202);
    await Promise.all([stream.ended, stopped]);
    expect(stream.text()).toContain('"id":1,"result":{"said":{"roots":["r"]}}');
  });

  it.each([
    ["no token", {}, 401],
    ["another origin", { origin: "https://evil.example" }, 403],
  ])("opens no stream with %s", async (_name, headers, status) => {
    const running = await start();
    expect((await request(`${running.base}/sse`, { headers: { accept: "text/event-stream", ...headers } })).status).toBe(status);
  });
});
