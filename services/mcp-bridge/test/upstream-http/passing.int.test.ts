import { Secret } from "@mcp-auth-proxy/crypto";
import { messagesIn, request, waitFor } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { startHttpBridge } from "../fixtures/http-bridge.ts";

const toolAnswer = (text: string): Record<string, unknown> => JSON.parse(text);

describe("a server behind an address", () => {
  it.each(["json", "sse"] as const)("gets each person's own token, and never ours (A16, B04): %s", async (answers) => {
    await using its = await startHttpBridge();
    const { bridge, upstream } = its;
    upstream.answers = answers;
    await bridge.vault.connect("alice", bridge.resource, "alices-token");
    await bridge.vault.connect("bob", bridge.resource, "bobs-token");
    const sessions = await Promise.all(["alice", "bob"].map((subject) => bridge.session({ subject })));
    for (const session of sessions) expect((await session.initialize()).status).toBe(200);
    const seen = await Promise.all(sessions.map(async (session) => toolAnswer(await session.callTool("whoami")).authorization));
    expect(seen).toEqual(["Bearer alices-token", "Bearer bobs-token"]);
    for (const { accessToken = "" } of sessions) expect(upstream.everything).not.toContain(accessToken);
  });

  it("is reached at its own address with nothing that a client says of itself", async () => {
    await using its = await startHttpBridge({ headers: { "X-Operator": Secret.of("yes") }, headerMapping: [{ claim: "/sub", header: "X-User" }, { claim: "/client_id", header: "X-Client" }] });
    const { bridge, upstream } = its;
    await bridge.vault.connect("alice", bridge.resource, "T");
    const session = await bridge.session({ subject: "alice", client: "client-7" });
    const inbound = { "x-user": "root", "x-operator": "no", "x-forwarded-email": "root@example.com", cookie: "a=b", "x-forwarded-for": "1.2.3.4", "proxy-authorization": "Basic x", forwarded: "for=1" };
    await session.post({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } } }, inbound);
    const [{ path, headers } = { path: "", headers: {} }] = upstream.of("initialize");
    expect(path).toBe("/the/mcp?key=1");
    expect(headers).toEqual({
      accept: "application/json, text/event-stream",
      "accept-encoding": "identity",
      authorization: "Bearer T",
      connection: "keep-alive",
      "content-length": expect.any(String),
      "content-type": "application/json",
      host: new URL(upstream.url).host,
      "user-agent": "mcp-auth-proxy",
      "x-client": "client-7",
      "x-operator": "yes",
      "x-user": "alice",
    });
  });

  it("that needs no token gets none: ours stays here (A16)", async () => {
    await using its = await startHttpBridge({ inject: undefined } as never);
    const session = await its.bridge.session();
    await session.initialize();
    await session.callTool("whoami");
    for (const { headers } of its.upstream.received) expect(headers.authorization).toBeUndefined();
    expect(its.upstream.everything).not.toContain(session.accessToken ?? "?");
  });

  it("gets the operator's token where it works with no account, and the vault is not asked", async () => {
    await using its = await startHttpBridge({ inject: undefined, bearerToken: Secret.of("operators-token") } as never);
    const { bridge } = its;
    const session = await bridge.session();
    await session.initialize();
    expect(toolAnswer(await session.callTool("whoami")).authorization).toBe("Bearer operators-token");
    expect(bridge.vault.asked).toEqual({ sealingKeys: 0, lease: 0, refresh: 0 });
  });

  it("gets the token among the parameters where that is how it takes one, and not when it is introduced", async () => {
    await using its = await startHttpBridge({ inject: { kind: "params" } });
    const { bridge, upstream } = its;
    await bridge.vault.connect("alice", bridge.resource, "T");
    const session = await bridge.session({ subject: "alice" });
    await session.initialize();
    const text = await session.call("tools/call", { name: "whoami", arguments: {}, authorization: "Bearer forged" });
    expect(JSON.stringify(text)).toContain("Bearer T");
    expect(upstream.of("initialize")[0]?.body).not.toContain("authorization");
    expect(upstream.everything).not.toContain("forged");
  });

  it("keeps its own session ids to itself; another person's, another client's and a made-up one are not found (C07)", async () => {
    await using its = await startHttpBridge();
    const { bridge, upstream } = its;
    for (const subject of ["alice", "bob"]) await bridge.vault.connect(subject, bridge.resource, `token-of-${subject}`);
    const session = await bridge.session({ subject: "alice" });
    const opened = await session.initialize();
    const [theirs = ""] = upstream.sessions;
    expect(opened.headers.get("mcp-session-id")).not.toBe(theirs);
    expect(opened.text + JSON.stringify([...opened.headers])).not.toContain(theirs);
    const before = upstream.received.length;
    for (const [who, id] of [
      [await bridge.session({ subject: "bob" }), session.sessionId],
      [await bridge.session({ subject: "alice", client: "client-2" }), session.sessionId],
      [await bridge.session({ subject: "alice" }), theirs],
    ] as const) {
      who.sessionId = id;
      expect((await who.post({ jsonrpc: "2.0", id: 1, method: "tools/list" })).status).toBe(404);
      expect((await who.openStream()).status).toBe(404);
      expect((await who.delete()).status).toBe(404);
    }
    expect(upstream.received).toHaveLength(before);
    expect(toolAnswer(await session.callTool("whoami")).session).toBe(theirs);
  });

  it("survives a change of its client's token in a session (C08)", async () => {
    await using its = await startHttpBridge();
    const { bridge } = its;
    await bridge.vault.connect("alice", bridge.resource, "T");
    const session = await bridge.session({ subject: "alice" });
    await session.initialize();
    session.accessToken = await bridge.token({ subject: "alice", grant: "grant-2" });
    expect(toolAnswer(await session.callTool("whoami")).authorization).toBe("Bearer T");
  });

  it("streams what it says unasked, and takes up a stream for its own client", async () => {
    await using its = await startHttpBridge();
    const { bridge, upstream } = its;
    await bridge.vault.connect("alice", bridge.resource, "T");
    const session = await bridge.session({ subject: "alice" });
    await session.initialize();
    const stream = await session.openStream({ "last-event-id": "event-7" });
    await waitFor("the stream at the server", () => upstream.streams.size === 1);
    upstream.notify({ jsonrpc: "2.0", method: "notifications/tools/list_changed" }, "event-8");
    await waitFor("the event", () => stream.text().includes("list_changed") && stream.text().includes("id: event-8"));
    expect(upstream.received.find(({ method }) => method === "GET")?.headers["last-event-id"]).toBe("event-7");
    stream.close();
    await waitFor("the stream to be gone at the server", () => upstream.streams.size === 0);
  });

  it("is told when its session ends, and what it says to that does not matter", async () => {
    await using its = await startHttpBridge();
    const { bridge, upstream } = its;
    await bridge.vault.connect("alice", bridge.resource, "T");
    const session = await bridge.session({ subject: "alice" });
    await session.initialize();
    expect((await session.delete()).status).toBe(204);
    await waitFor("the session to be gone", () => upstream.sessions.size === 0);
    expect((await session.post({ jsonrpc: "2.0", id: 1, method: "ping" })).status).toBe(404);
  });

  it("that has lost a session makes its client begin again (C20)", async () => {
    await using its = await startHttpBridge();
    const { bridge, upstream } = its;
    await bridge.vault.connect("alice", bridge.resource, "T");
    const session = await bridge.session({ subject: "alice" });
    await session.initialize();
    upstream.sessions.clear();
    expect((await session.post({ jsonrpc: "2.0", id: 1, method: "tools/list" })).status).toBe(404);
    const asked = upstream.received.length;
    expect((await session.post({ jsonrpc: "2.0", id: 2, method: "tools/list" })).status).toBe(404);
    expect(upstream.received).toHaveLength(asked);
    session.sessionId = undefined;
    expect((await session.initialize()).status).toBe(200);
  });

  it("names the method that its client looks for in the result of initialize, whatever the form of the answer", async () => {
    await using its = await startHttpBridge();
    await its.bridge.vault.connect("alice", its.bridge.resource, "T");
    for (const answers of ["json", "sse"] as const) {
      its.upstream.answers = answers;
      const opened = await (await its.bridge.session({ subject: "alice" })).initialize();
      expect(messagesIn(opened)[0]?.result).toMatchObject({ code_challenge_methods_supported: ["S256"] });
    }
  });

  it("without a stream is not asked for one", async () => {
    await using its = await startHttpBridge({ streamingOnly: true });
    await its.bridge.vault.connect("alice", its.bridge.resource, "T");
    const session = await its.bridge.session({ subject: "alice" });
    await session.initialize();
    expect((await session.openStream()).status).toBe(405);
    expect(its.upstream.streams.size).toBe(0);
  });

  it("without sessions answers plain posts, and has no stream that could be somebody else's", async () => {
    await using its = await startHttpBridge();
    const { bridge, upstream } = its;
    upstream.withSessions = false;
    await bridge.vault.connect("alice", bridge.resource, "T");
    const session = await bridge.session({ subject: "alice" });
    expect(toolAnswer(await session.callTool("whoami")).authorization).toBe("Bearer T");
    expect((await session.openStream({ "last-event-id": "1" })).status).toBe(405);
  });

  it("gets nothing without a token of ours, and no token but ours opens the way (A16, B4)", async () => {
    await using its = await startHttpBridge();
    await its.bridge.vault.connect("alice", its.bridge.resource, "alices-token");
    for (const authorization of ["Bearer alices-token", "", "Basic x"]) {
      const answer = await request(its.bridge.resource, { method: "POST", headers: { "content-type": "application/json", authorization }, body: "{}" });
      expect(answer.status).toBe(401);
    }
    expect(its.upstream.received).toEqual([]);
  });
});
