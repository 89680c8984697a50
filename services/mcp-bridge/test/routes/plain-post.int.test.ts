import { createFakeClock, isRunning, McpSession, type OpenStream, request, waitFor } from "@mcp-auth-proxy/testing";
import { afterEach, describe, expect, it } from "vitest";
import { startBridge, type BridgeOptions, type TestBridge } from "../fixtures/bridge.ts";

let bridge: TestBridge | undefined;
afterEach(async () => {
  await bridge?.stop();
  bridge = undefined;
});
const start = async (options: BridgeOptions = {}): Promise<TestBridge> => {
  bridge = await startBridge({ ...options, limits: { streamAfterMs: 60_000, ...options.limits } });
  return bridge;
};
const post = async (running: TestBridge, body: unknown, token?: string) =>
  request(running.resource, {
    method: "POST",
    headers: { authorization: `Bearer ${token ?? (await running.token())}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const pidOf = async (running: TestBridge, token?: string): Promise<unknown> => (JSON.parse((await post(running, { jsonrpc: "2.0", id: 1, method: "heard" }, token)).text) as { result: { pid: number } }).result.pid;

describe("one request without a session, an Accept or a version header", () => {
  it("is answered in the body by a process that the gateway has introduced itself to", async () => {
    const running = await start();
    const answer = await post(running, { jsonrpc: "2.0", method: "heard", params: {}, id: 1 });
    expect([answer.status, answer.headers.get("content-type"), answer.headers.get("mcp-session-id")]).toEqual([200, "application/json", null]);
    const { id, result } = answer.json() as { id: unknown; result: { heard: string[] } };
    expect(id).toBe(1);
    expect(result.heard.map((line) => (JSON.parse(line) as { method: string }).method)).toEqual(["initialize", "notifications/initialized"]);
    expect(result.heard.join("")).toContain('"name":"mcp-auth-proxy"');
  });

  it("goes to the same process as the last one of the same person and client, and to no other's", async () => {
    const running = await start();
    const pid = await pidOf(running);
    expect(await pidOf(running)).toBe(pid);
    const others = [await running.token({ subject: "other" }), await running.token({ client: "other" })];
    const pids = [pid, await pidOf(running, others[0]), await pidOf(running, others[1])];
    expect(new Set(pids).size).toBe(3);
  });

  it("may have the same id as another that is under way", async () => {
    const running = await start();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => post(running, { jsonrpc: "2.0", id: 1, method: "echo", params: { at } })));
    expect(answers.map((answer) => answer.json())).toEqual(Array.from({ length: 20 }, (_, at) => ({ jsonrpc: "2.0", id: 1, result: { at } })));
  });

  it("is refused, with the server's question, when the server asks something", async () => {
    const running = await start();
    const answer = await post(running, { jsonrpc: "2.0", id: 1, method: "ask", params: { as: "q" } });
    expect(answer.json()).toMatchObject({ id: 1, result: { said: { code: -32603 } } });
  });

  it("is withdrawn when its client goes away", async () => {
    const running = await start();
    const session = new McpSession(running.resource, await running.token());
    // A process that was not there yet would never hear of the request.
    await pidOf(running);
    const stream = await session.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: "mine", method: "hang" });
    stream.close();
    await waitFor("the cancellation", async () => (await post(running, { jsonrpc: "2.0", id: 2, method: "cancelled" })).text.includes('"cancelled":[2]'));
  });

  it("needs a token as every other", async () => {
    const running = await start();
    expect((await post(running, { jsonrpc: "2.0", id: 1, method: "echo" }, "nonsense")).status).toBe(401);
  });

  it("leaves a process behind that ends after a while, and at once when an access is taken back", async () => {
    const clock = createFakeClock();
    const running = await start({ clock, limits: { sharedIdleMs: 10_000 } });
    const first = Number(await pidOf(running));
    clock.advance(10_000);
    await running.auth.heartbeat();
    await waitFor("its end", () => !isRunning(first));
    const second = Number(await pidOf(running));
    await running.auth.revoke("grant-1");
    await waitFor("its end", () => !isRunning(second));
  });
});

describe("a stream of events, where the server is set up for it", () => {
  const events = async (running: TestBridge, token: string): Promise<OpenStream> => new McpSession(`${running.resource}/events`, token).openStream();

  it("gets the answers to posts of the same sign-in, which are 202; without it they come in the body", async () => {
    const running = await start({ server: { transport: "sse" } });
    const token = await running.token();
    const stream = await events(running, token);
    expect(stream.status).toBe(200);
    expect((await post(running, { jsonrpc: "2.0", id: 1, method: "echo", params: { a: 1 } }, token)).status).toBe(202);
    await waitFor("the answer", () => stream.text().includes('data: {"jsonrpc":"2.0","id":1,"result":{"a":1}}\n\n'));
    const elsewhere = await running.token({ grant: "another" });
    expect((await post(running, { jsonrpc: "2.0", id: 2, method: "echo", params: {} }, elsewhere)).status).toBe(200);
    stream.close();
    await waitFor("an answer in the body", async () => (await post(running, { jsonrpc: "2.0", id: 3, method: "echo", params: {} }, token)).status === 200);
    expect(stream.text()).not.toContain('"id":2');
  });

  it("carries a whole conversation of a client that initializes all the same", async () => {
    const running = await start({ server: { transport: "sse" } });
    const token = await running.token();
    const stream = await events(running, token);
    const params = { protocolVersion: "2025-11-25", capabilities: { roots: {} }, clientInfo: { name: "t", version: "1" } };
    for (const message of [{ id: 0, method: "initialize", params }, { method: "notifications/initialized" }, { id: "c", method: "ask", params: { as: "q" } }]) {
      expect((await post(running, { jsonrpc: "2.0", ...message }, token)).status).toBe(202);
    }
    await waitFor("the question", () => stream.text().includes('"id":"q"'));
    await post(running, { jsonrpc: "2.0", id: "q", result: { roots: [] } }, token);
    await waitFor("the answer", () => stream.text().includes('{"jsonrpc":"2.0","id":"c","result":{"said":{"roots":[]}}}'));
    expect(stream.text()).toContain('{"jsonrpc":"2.0","id":0,"result":{');
    stream.close();
  });

  it("is not there for any other server", async () => {
    const running = await start();
    expect((await events(running, await running.token())).status).toBe(404);
  });
});
