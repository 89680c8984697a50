import { type McpSession, messagesIn, request, waitFor } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBridge, type TestBridge } from "../fixtures/bridge.ts";

let bridge: TestBridge;
beforeAll(async () => {
  bridge = await startBridge({ limits: { streamAfterMs: 60_000, sessionsPerSubject: 1_000, batchMessages: 4, requestsPerSession: 4 } });
});
afterAll(() => bridge.stop());

const open = async (version = "2025-03-26"): Promise<McpSession> => {
  const session = await bridge.session();
  expect((await session.initialize(version)).status).toBe(200);
  return session;
};
const echo = (id: unknown, params = {}) => ({ jsonrpc: "2.0", id, method: "echo", params });
const onlyJson = { accept: "application/json" };

describe("a batch of 2025-03-26", () => {
  it("is answered by one JSON array with an answer for each request", async () => {
    const session = await open();
    const answer = await session.post([echo(1, { a: 1 }), { jsonrpc: "2.0", method: "notifications/x" }, echo("1", { b: 2 })], onlyJson);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(JSON.parse(answer.text)).toEqual([{ jsonrpc: "2.0", id: 1, result: { a: 1 } }, { jsonrpc: "2.0", id: "1", result: { b: 2 } }]);
  });

  it("of one request is answered by an array of one", async () => {
    const session = await open();
    expect(JSON.parse((await session.post([echo(1)], onlyJson)).text)).toEqual([{ jsonrpc: "2.0", id: 1, result: {} }]);
  });

  it("is answered by a stream that ends with the last answer when something is said before", async () => {
    const session = await open();
    const progress = { jsonrpc: "2.0", id: 2, method: "progress", params: { count: 2, _meta: { progressToken: "t" } } };
    const answer = await session.post([progress, echo(3)]);
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    expect(messagesIn(answer).map((message) => message.method ?? message.id)).toEqual(["notifications/progress", "notifications/progress", 2, 3]);
  });

  it("reaches the child as single messages, as the bytes that came", async () => {
    const session = await open();
    const first = '{ "jsonrpc":"2.0", "id" : 7,\n"method":"line", "x":[1.50] }';
    const answer = await request(session.url, { method: "POST", headers: session.headers(onlyJson), body: `[${first} , ${JSON.stringify(echo(8))}]` });
    expect(JSON.parse(answer.text)).toContainEqual({ jsonrpc: "2.0", id: 7, result: { line: first.replace("\n", " ") } });
  });

  it("without a request is 202 without a body", async () => {
    const session = await open();
    const answer = await session.post([{ jsonrpc: "2.0", method: "notifications/x" }, { jsonrpc: "2.0", id: 1, result: {} }]);
    expect([answer.status, answer.text]).toEqual([202, ""]);
  });

  it("is complete when one of its requests was cancelled", async () => {
    const session = await open();
    let answered: string | undefined;
    const answering = session.post([{ jsonrpc: "2.0", id: 1, method: "hang" }, echo(2)], onlyJson).then(({ text }) => (answered = text));
    const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } };
    await waitFor("the answer", async () => (await session.post(cancel)).status === 202 && answered !== undefined);
    // In any order (JSON-RPC 2.0, section 6): the other answer may come before the cancellation.
    const answers: { readonly id: number }[] = JSON.parse(await answering);
    expect(answers.toSorted((a, b) => a.id - b.id)).toEqual([
      { jsonrpc: "2.0", id: 1, error: { code: -32603, message: "The request was cancelled." } },
      { jsonrpc: "2.0", id: 2, result: {} },
    ]);
  });

  it.each([
    ["empty", []],
    ["with something that is no message", [echo(1), 5]],
    ["in a batch", [[echo(1)]]],
    ["with an initialize", [{ jsonrpc: "2.0", id: 1, method: "initialize", params: {} }]],
    ["of too many", [1, 2, 3, 4, 5].map((id) => echo(id))],
    ["with the same id twice", [echo(1), echo(1)]],
  ])("%s is refused, whole, and the session goes on", async (_name, batch) => {
    const session = await open();
    expect((await session.post(batch)).status).toBe(400);
    expect((await session.call("echo", { still: "here" })).result).toEqual({ still: "here" });
  });

  it("counts each of its requests against the limit", async () => {
    const session = await open();
    const stream = await session.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: "h", method: "hang" });
    expect((await session.post([1, 2, 3, 4].map((id) => echo(id)))).status).toBe(429);
    stream.close();
  });

  it.each(["2025-06-18", "2025-11-25"])("is refused in a session of %s, which has no batches", async (version) => {
    const session = await open(version);
    expect((await session.post([echo(1)])).status).toBe(400);
  });
});
