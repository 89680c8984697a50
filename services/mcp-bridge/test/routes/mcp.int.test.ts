import { isObject, type McpSession, request, waitFor } from "@mcp-auth-proxy/testing";
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
