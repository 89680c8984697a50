import { isObject, type McpSession, messagesIn, waitFor } from "@mcp-auth-proxy/testing";
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

describe("answers", () => {
  it("are an event stream when the server says something before, and end with the response", async () => {
    const session = await open();
    const answer = await session.post({ jsonrpc: "2.0", id: 5, method: "progress", params: { count: 3, _meta: { progressToken: "t" } } });
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    expect(answer.headers.get("x-accel-buffering")).toBe("no");
    expect(messagesIn(answer).map((message) => message.method ?? message.id)).toEqual([...Array(3).fill("notifications/progress"), 5]);
  });

  it("become an event stream when the server is silent for long, with signs of life", async () => {
    const patient = await startBridge({ limits: { streamAfterMs: 10, keepAliveMs: 10 } });
    const session = await patient.session();
    await session.initialize();
    const stream = await session.openStream({ accept: "application/json, text/event-stream" }, { jsonrpc: "2.0", id: 9, method: "hang" });
    expect(stream.status).toBe(200);
    await waitFor("a comment", () => stream.text().includes(": keep-alive\n\n"));
    await patient.stop();
    await stream.ended;
    expect(stream.text()).toContain('"error":{"code":-32603');
  });

  it("are one JSON body for a client that takes no event stream", async () => {
    const session = await open();
    const answer = await session.post({ jsonrpc: "2.0", id: 5, method: "progress", params: { count: 3, _meta: { progressToken: "t" } } }, { accept: "application/json" });
    expect(answer.json()).toEqual({ jsonrpc: "2.0", id: 5, result: { count: 3 } });
  });

  it("are an event stream for a client that takes nothing else", async () => {
    const session = await open();
    const answer = await session.post({ jsonrpc: "2.0", id: 5, method: "echo", params: {} }, { accept: "text/event-stream" });
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    expect(messagesIn(answer)).toEqual([{ jsonrpc: "2.0", id: 5, result: {} }]);
  });

  it("are an error when what the server answers is no JSON-RPC message", async () => {
    const session = await open();
    const answer = await session.post({ jsonrpc: "2.0", id: 5, method: "say", params: { text: '{"jsonrpc":"2.0","id":5}' } });
    expect(answer.json()).toMatchObject({ id: 5, error: { code: -32603 } });
  });

  it("are 202 without a body to a notification and to a response", async () => {
    const session = await open();
    for (const message of [{ jsonrpc: "2.0", method: "notifications/x" }, { jsonrpc: "2.0", id: 1, result: {} }]) {
      const answer = await session.post(message);
      expect([answer.status, answer.text]).toEqual([202, ""]);
    }
  });

  it("end when the client cancels, though the server answers no cancelled request", async () => {
    const session = await open();
    const stream = await session.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: 9, method: "hang" });
    await session.post({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 9 } });
    await stream.ended;
    expect(stream.text()).not.toContain("data: {");
  });

  it("go on at the server when the client goes away: that is no cancellation", async () => {
    const session = await open();
    const stream = await session.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: 9, method: "hang" });
    stream.close();
    await stream.ended;
    const again = await session.post({ jsonrpc: "2.0", id: 9, method: "echo" });
    expect(again.status).toBe(400);
    expect((await session.call("echo", { still: "here" })).result).toEqual({ still: "here" });
  });
});

describe("what the server says unasked", () => {
  it("goes to the GET stream when it is about no call", async () => {
    const session = await open();
    const stream = await session.openStream();
    expect(messagesIn(await session.post({ jsonrpc: "2.0", id: 5, method: "changes", params: { count: 2 } }))).toEqual([{ jsonrpc: "2.0", id: 5, result: {} }]);
    await session.post({ jsonrpc: "2.0", method: "chatter", params: { count: 1 } });
    await waitFor("three messages", () => stream.text().split("notifications/").length === 4);
    stream.close();
  });

  it("goes to the call that it may be about, though there is a GET stream", async () => {
    const session = await open();
    const stream = await session.openStream();
    const answer = await session.post({ jsonrpc: "2.0", id: 5, method: "chatter", params: { count: 2 } });
    expect(messagesIn(answer).map((message) => message.method ?? message.id)).toEqual(["notifications/message", "notifications/message", 5]);
    expect(stream.text()).not.toContain("notifications/message");
    stream.close();
  });

  it("goes to the newest open POST stream when there is none, once", async () => {
    const session = await open();
    const older = await session.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: "older", method: "hang" });
    const newer = await session.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: "newer", method: "hang" });
    await session.post({ jsonrpc: "2.0", method: "chatter", params: { count: 1 } });
    await waitFor("the message", () => newer.text().includes("notifications/message"));
    expect(older.text()).not.toContain("notifications/message");
    older.close();
    newer.close();
  });

  it("waits for a GET stream when nobody listens", async () => {
    const session = await open();
    await session.post({ jsonrpc: "2.0", method: "wonder", params: { as: "q1" } });
    const stream = await session.openStream();
    await waitFor("the question", () => stream.text().includes('"id":"q1"'));
    await session.post({ jsonrpc: "2.0", id: "q1", result: { roots: [] } });
    await waitFor("the outcome", async () => JSON.stringify(await session.call("outcome", { as: "q1" })).includes("roots"));
    stream.close();
  });

  it("is answered with an error for the server when it is a request and the queue is full", async () => {
    const session = await open();
    for (const as of ["q1", "q2", "q3", "q4"]) await session.post({ jsonrpc: "2.0", method: "wonder", params: { as } });
    const outcome = async (): Promise<unknown> => {
      const answer = await session.post({ jsonrpc: "2.0", id: "o", method: "outcome", params: { as: "q4" } }, { accept: "application/json" });
      const { result } = answer.json();
      return isObject(result) && result.outcome !== "none" ? result.outcome : undefined;
    };
    expect(await waitFor("the refusal", outcome)).toMatchObject({ code: -32603 });
  });

  it("comes as a question within the call that caused it, and the client's answer reaches the server", async () => {
    const session = await open();
    const stream = await session.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: "c", method: "ask", params: { as: "q" } });
    await waitFor("the question", () => stream.text().includes('"method":"roots/list"'));
    await session.post({ jsonrpc: "2.0", id: "q", result: { roots: ["r"] } });
    await stream.ended;
    expect(stream.text()).toContain('{"jsonrpc":"2.0","id":"c","result":{"said":{"roots":["r"]}}}');
  });
});
