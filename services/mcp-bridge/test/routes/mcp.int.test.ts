import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isObject, type McpSession, messagesIn, request, waitFor } from "@mcp-auth-proxy/testing";
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

describe("initialize", () => {
  it("opens a session with an id of visible characters and answers what the server said, with the one addition", async () => {
    const session = await bridge.session();
    const answer = await session.initialize("2025-06-18");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("mcp-session-id")).toMatch(/^[\w-]{8}\.[\w-]{22}$/);
    expect(answer.text).toBe(
      '{"jsonrpc":"2.0","id":1,"result":{"code_challenge_methods_supported":["S256"],"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"plain","version":"1"}}}',
    );
  });

  it("is refused in a session that has been initialized", async () => {
    const session = await open();
    expect((await session.initialize()).status).toBe(400);
  });
});

describe("relayed bytes", () => {
  it("reach the child as they came, with line breaks between tokens as spaces", async () => {
    const session = await open();
    const body = '{ "jsonrpc":"2.0",\r\n "id" : 7,\n\t"method":"line", "unknown":{"b":1,"a":[1.50,"\\u00e9\\n"]} }';
    const answer = await request(session.url, { method: "POST", headers: session.headers(), body });
    expect(answer.json()).toEqual({ jsonrpc: "2.0", id: 7, result: { line: body.replaceAll(/[\r\n]/g, " ") } });
  });

  it("reach the client as the child wrote them, unknown members, number forms and key order kept", async () => {
    const session = await open();
    const text = '{"result":{"z":1.0,"a":1e3,"dup":1,"dup":2},"id":"x","_extra":null,"jsonrpc":"2.0"}';
    const answer = await session.post({ jsonrpc: "2.0", id: "x", method: "say", params: { text } });
    expect(answer.text).toBe(text);
  });

  it("keep the ids 1 and \"1\" apart", async () => {
    const session = await open();
    const [one, text] = await Promise.all([
      session.post({ jsonrpc: "2.0", id: 1, method: "echo", params: { of: "number" } }),
      session.post({ jsonrpc: "2.0", id: "1", method: "echo", params: { of: "string" } }),
    ]);
    expect(one?.json()).toEqual({ jsonrpc: "2.0", id: 1, result: { of: "number" } });
    expect(text?.json()).toEqual({ jsonrpc: "2.0", id: "1", result: { of: "string" } });
  });
});

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

describe("sessions", () => {
  it("C07: are not found by another person, another client or with a made-up id, on any method", async () => {
    const session = await open();
    for (const caller of [{ subject: "other" }, { client: "other" }]) {
      const thief = await bridge.session(caller);
      thief.sessionId = session.sessionId;
      expect((await thief.post({ jsonrpc: "2.0", id: 1, method: "echo" })).status).toBe(404);
      expect((await thief.openStream()).status).toBe(404);
      expect((await thief.delete()).status).toBe(404);
    }
    const guess = await bridge.session();
    guess.sessionId = "x.y";
    expect((await guess.post({ jsonrpc: "2.0", id: 1, method: "echo" })).status).toBe(404);
    expect((await session.call("echo", { still: "here" })).result).toEqual({ still: "here" });
  });

  it("C08: survive a change of token and of grant", async () => {
    const session = await open();
    session.accessToken = await bridge.token({ grant: "another" });
    expect((await session.call("echo", { still: "here" })).result).toEqual({ still: "here" });
  });

  it("need their id in every message that is no request", async () => {
    const session = await bridge.session();
    expect((await session.post({ jsonrpc: "2.0", method: "notifications/x" })).status).toBe(400);
    expect((await session.post({ jsonrpc: "2.0", id: 1, result: {} })).status).toBe(400);
    expect((await session.delete()).status).toBe(400);
  });

  it("answer a GET without one 405 and name the methods, which keeps a client from reconnecting for ever", async () => {
    const session = await bridge.session();
    const answer = await request(session.url, { headers: session.headers({ accept: "text/event-stream" }) });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST, GET, DELETE"]);
  });

  it("end with DELETE, and their child with them", async () => {
    const session = await open();
    const { result } = await session.call("facts");
    expect((await session.delete()).status).toBe(204);
    expect((await session.post({ jsonrpc: "2.0", id: 1, method: "echo" })).status).toBe(404);
    const pid = isObject(result) ? Number(result.pid) : 0;
    await waitFor("the child to end", () => !isAlive(pid));
  });

  it("refuse an id that is under way already and go on", async () => {
    const session = await open();
    const stream = await session.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: 9, method: "hang" });
    const answer = await session.post({ jsonrpc: "2.0", id: 9, method: "echo" });
    expect([answer.status, answer.json()]).toMatchObject([400, { id: 9, error: { code: -32600 } }]);
    stream.close();
  });
});

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
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
