import { messagesIn, waitFor, startWebHost, type McpSession } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { type HttpBridge, startHttpBridge } from "../fixtures/http-bridge.ts";

const call = { jsonrpc: "2.0", id: 7, method: "tools/call", params: { name: "whoami", arguments: {} } };
const listing = { jsonrpc: "2.0", id: 8, method: "tools/list" };

const connected = async ({ bridge, upstream }: HttpBridge, token = "first"): Promise<McpSession> => {
  await bridge.vault.connect("alice", bridge.resource, token);
  const session = await bridge.session({ subject: "alice", grant: "grant-of-alice" });
  await session.initialize();
  upstream.received.length = 0;
  return session;
};

const errorOf = async (session: McpSession, message: unknown = call): Promise<unknown> => {
  const answer = await session.post(message);
  expect(answer.status).toBe(200);
  return messagesIn(answer)[0]?.error;
};

describe("a token that the server does not take", () => {
  it("is refreshed, and the call is sent once more, with the new one", async () => {
    await using its = await startHttpBridge();
    const session = await connected(its);
    its.upstream.accepted = new Set(["Bearer upstream-2"]);
    expect(JSON.parse(await session.callTool("whoami"))).toMatchObject({ authorization: "Bearer upstream-2" });
    expect(its.upstream.of("tools/call").map(({ headers }) => headers.authorization)).toEqual(["Bearer first", "Bearer upstream-2"]);
    expect(its.bridge.vault.asked.refresh).toBe(1);
  });

  it("is refreshed once, however many calls were refused with it", async () => {
    await using its = await startHttpBridge();
    const session = await connected(its);
    its.upstream.accepted = new Set(["Bearer upstream-2"]);
    const answers = await Promise.all(Array.from({ length: 50 }, () => session.callTool("whoami")));
    expect(new Set(answers.map((text) => JSON.parse(text).authorization))).toEqual(new Set(["Bearer upstream-2"]));
    expect(its.bridge.vault.asked.refresh).toBe(1);
  });

  it("whose successor is not taken either is not tried a third time; the person is asked to connect again", async () => {
    await using its = await startHttpBridge();
    const session = await connected(its);
    its.upstream.accepted = new Set();
    expect(await errorOf(session)).toEqual({ code: -32603, message: `The access to your connected account has ended. Connect it again at ${its.bridge.base}/account and try again.` });
    expect(its.upstream.of("tools/call")).toHaveLength(2);
  });

  it("of a server that lets nobody in is refreshed once, however often it is called, until the person connects again", async () => {
    await using its = await startHttpBridge();
    const session = await connected(its);
    its.upstream.accepted = new Set();
    for (let times = 0; times < 5; times += 1) expect(await errorOf(session)).toMatchObject({ message: expect.stringContaining("Connect it again at") });
    expect(its.bridge.vault.asked.refresh).toBe(1);
    expect(its.upstream.of("tools/call")).toHaveLength(6);
    await its.bridge.vault.connect("alice", its.bridge.resource, "again");
    its.upstream.accepted = new Set(["Bearer again"]);
    expect(JSON.parse(await session.callTool("whoami"))).toMatchObject({ authorization: "Bearer again" });
  });

  it.each([
    ["reconnect_required", "Connect it again at"],
    ["unavailable", "can not be reached now"],
    ["limit_exceeded", "can not be reached now"],
  ] as const)("that can not be refreshed fails the call: %s", async (failure, sentence) => {
    await using its = await startHttpBridge();
    const session = await connected(its);
    its.upstream.accepted = new Set();
    its.bridge.vault.refreshFailure = failure;
    expect(await errorOf(session)).toMatchObject({ code: -32603, message: expect.stringContaining(sentence) });
    expect(its.upstream.of("tools/call")).toHaveLength(1);
  });

  it("never sends a client to the server's own authorization (B01)", async () => {
    await using its = await startHttpBridge({ inject: undefined } as never);
    its.upstream.accepted = new Set();
    const session = await its.bridge.session();
    const answer = await session.post(call);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("www-authenticate")).toBeNull();
    expect(answer.text).not.toContain("169.254");
    expect(messagesIn(answer)[0]).toEqual({ jsonrpc: "2.0", id: 7, error: { code: -32603, message: "The MCP server does not let the gateway in." } });
  });
});

describe("an account that can not be used", () => {
  it("is asked for before anything is sent", async () => {
    await using its = await startHttpBridge();
    const session = await its.bridge.session({ subject: "alice" });
    expect(await errorOf(session)).toEqual({ code: -32603, message: `This MCP server works with an account of yours that is not connected. Connect it at ${its.bridge.base}/account and try again.` });
    expect(its.upstream.received).toEqual([]);
  });

  it("is asked for by its address in a session of a client that opens addresses", async () => {
    await using its = await startHttpBridge();
    const { bridge } = its;
    await bridge.vault.connect("alice", bridge.resource, "T");
    const session = await bridge.session({ subject: "alice" });
    await session.initialize("2025-11-25", { elicitation: { url: {} } });
    await bridge.vault.shred("alice", bridge.resource);
    await waitFor("the session to end with the account", async () => (await session.post(listing)).status === 404);
    session.sessionId = undefined;
    expect(messagesIn(await session.initialize("2025-11-25", { elicitation: { url: {} } }))[0]).toMatchObject({
      error: { code: -32042, data: { elicitations: [{ mode: "url", url: `${bridge.base}/account` }] } },
    });
  });
});

describe("what a server does that can not be passed on", () => {
  it.each([301, 302, 303, 307, 308])("a redirect takes no token anywhere (B09): %i", async (status) => {
    await using other = await startWebHost((_request, response) => void response.end());
    await using its = await startHttpBridge();
    const session = await connected(its);
    its.upstream.script = ({ response }) => {
      response.writeHead(status, { location: `http://127.0.0.1:${other.port}/` }).end();
      return true;
    };
    expect(await errorOf(session)).toMatchObject({ message: "The MCP server gave an answer that can not be passed on." });
    expect(other.connections).toBe(0);
    expect(its.upstream.received).toHaveLength(1);
  });

  it.each([
    ["text", 200, { "content-type": "text/html" }, "<script>"],
    ["what is compressed", 200, { "content-type": "application/json", "content-encoding": "gzip" }, "{}"],
    ["an error of its own", 500, { "content-type": "text/plain" }, "stack trace"],
    ["an error that is none", 400, { "content-type": "application/json" }, '{"oops":1}'],
  ] as const)("%s", async (_, status, headers, body) => {
    await using its = await startHttpBridge();
    const session = await connected(its);
    its.upstream.script = ({ response }) => {
      response.writeHead(status, headers).end(body);
      return true;
    };
    expect(await errorOf(session)).toEqual({ code: -32603, message: "The MCP server gave an answer that can not be passed on." });
    expect(its.upstream.received).toHaveLength(1);
  });

  it("passes on the error that answers a message", async () => {
    await using its = await startHttpBridge();
    const session = await connected(its);
    its.upstream.script = ({ response, message }) => {
      response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id: message.id, error: { code: -32602, message: "no" } }));
      return true;
    };
    const answer = await session.post(call);
    expect([answer.status, messagesIn(answer)[0]?.error]).toEqual([400, { code: -32602, message: "no" }]);
  });

  it.each([429, 503])("tells that it is busy: %i", async (status) => {
    await using its = await startHttpBridge();
    const session = await connected(its);
    its.upstream.script = ({ response }) => {
      response.writeHead(status).end();
      return true;
    };
    expect(await errorOf(session)).toMatchObject({ message: "The MCP server takes no more requests now. Try again in a while." });
  });

  it("a connection that breaks: a call is never sent twice", async () => {
    await using its = await startHttpBridge();
    const session = await connected(its);
    its.upstream.script = ({ response }) => {
      response.destroy();
      return true;
    };
    expect(await errorOf(session)).toMatchObject({ message: "The MCP server ended the connection before it answered." });
    expect(its.upstream.of("tools/call")).toHaveLength(1);
  });

  it("a stream that breaks breaks for its client", async () => {
    await using its = await startHttpBridge();
    const session = await connected(its);
    its.upstream.script = ({ response }) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write('data: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}\n\n', () => response.destroy());
      return true;
    };
    const stream = await session.openStream({}, call);
    await stream.ended;
    expect(stream.text()).toContain("notifications/progress");
    expect(stream.text()).not.toContain('"id":7');
    expect(its.upstream.of("tools/call")).toHaveLength(1);
  });

  it("silence: the call is given up in time", async () => {
    await using its = await startHttpBridge({}, { limits: { requestMs: 200 } });
    const session = await connected(its);
    let closed: Promise<void> | undefined;
    its.upstream.script = (exchanged) => {
      closed = exchanged.closed;
      return true;
    };
    expect(await errorOf(session)).toMatchObject({ message: "The MCP server did not answer in time." });
    await closed;
  });

  it("a server that is not there, which the operator is told once, and when it is over", async () => {
    await using its = await startHttpBridge();
    const session = await connected(its);
    const told = (): unknown[] => its.bridge.log.filter(({ server }) => server === "notes").map(({ msg }) => msg);
    its.upstream.script = ({ response }) => {
      response.destroy();
      return true;
    };
    for (const _ of [1, 2]) expect(await errorOf(session)).toBeDefined();
    expect(told()).toEqual(["an MCP server behind a URL is in trouble"]);
    expect(its.bridge.service.readiness()).toEqual({ ready: true, warnings: ["the MCP server notes ends connections before it answers"] });
    its.upstream.script = undefined;
    await session.callTool("whoami");
    await waitFor("the news", () => told().length === 2);
    expect(told()[1]).toBe("an MCP server behind a URL answers again");
    expect(its.bridge.service.readiness()).toEqual({ ready: true, warnings: [] });
    await its.upstream[Symbol.asyncDispose]();
    expect(await errorOf(session)).toMatchObject({ message: expect.stringMatching(/^The MCP server (can not be reached|ended the connection before it answered)\.$/) });
  });
});

describe("who does not keep up", () => {
  it("holds the server up, and is cut when it takes nothing for too long", async () => {
    await using its = await startHttpBridge({}, { limits: { stallMs: 3_000 } });
    const session = await connected(its);
    const chunk = Buffer.from(`data: ${"x".repeat(64 * 1024)}\n\n`);
    let left = 1_000;
    let closed = false;
    its.upstream.script = (exchanged) => {
      const { response } = exchanged;
      response.writeHead(200, { "content-type": "text/event-stream" });
      const more = (): void => {
        for (let full = false; !full && left > 0; left -= 1) full = !response.write(chunk);
      };
      response.on("drain", more);
      void exchanged.closed.then(() => (closed = true));
      more();
      return true;
    };
    const abort = new AbortController();
    const response = await fetch(session.url, { method: "POST", headers: session.headers(), body: JSON.stringify(call), signal: abort.signal });
    expect(response.status).toBe(200);
    await waitFor("the connection to the server to be ended", () => closed);
    // Most of the 64 MB was never taken from the server.
    expect(left).toBeGreaterThan(500);
    abort.abort();
  });

  it("takes its request along when it goes away", async () => {
    await using its = await startHttpBridge();
    const session = await connected(its);
    let closed = false;
    its.upstream.script = (exchanged) => {
      void exchanged.closed.then(() => (closed = true));
      return true;
    };
    const abort = new AbortController();
    const asking = fetch(session.url, { method: "POST", headers: session.headers(), body: JSON.stringify(call), signal: abort.signal }).catch(() => undefined);
    await waitFor("the call at the server", () => its.upstream.received.length === 1);
    abort.abort();
    await asking;
    await waitFor("the server to see it go", () => closed);
  });
});

describe("access that was taken back", () => {
  it("cuts streams and calls under way, at the server, too, and ends the session (D04)", async () => {
    await using its = await startHttpBridge();
    const session = await connected(its);
    const stream = await session.openStream();
    await waitFor("the stream", () => its.upstream.streams.size === 1);
    its.upstream.script = ({ message }) => message.method === "tools/call";
    const asking = session.post(call).then(
      () => "answered",
      () => "cut",
    );
    await waitFor("the call at the server", () => its.upstream.of("tools/call").length === 1);
    await its.bridge.auth.revoke("grant-of-alice");
    await stream.ended;
    expect(await asking).toBe("cut");
    await waitFor("the stream to be gone at the server", () => its.upstream.streams.size === 0);
    const other = await its.bridge.session({ subject: "alice", grant: "grant-2" });
    other.sessionId = session.sessionId;
    expect((await other.post(listing)).status).toBe(404);
  });

  it("forgets the leased token", async () => {
    await using its = await startHttpBridge();
    const session = await connected(its);
    const asked = its.bridge.vault.asked.lease;
    await session.post(listing);
    expect(its.bridge.vault.asked.lease).toBe(asked);
    await its.bridge.auth.revoke("grant-of-alice");
    await waitFor("the token to be refused", async () => (await session.post(listing)).status === 401);
    const other = await its.bridge.session({ subject: "alice", grant: "grant-2" });
    await other.initialize();
    expect(its.bridge.vault.asked.lease).toBe(asked + 1);
  });
});
