import { request } from "@mcp-auth-proxy/testing";
import { McpSession } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { minimalEnvironment } from "../../src/index.ts";
import { lightServer, startBridge, type TestBridge } from "../fixtures/bridge.ts";
import { injectedHeader } from "../fixtures/http-bridge.ts";
import { Upstream } from "../fixtures/upstream.ts";

let bridge: TestBridge;
let upstream: Upstream;

beforeEach(async () => {
  upstream = await Upstream.start();
  bridge = await startBridge({
    servers: (base) => [
      { kind: "http", name: "notes", path: "/notes/mcp", resource: `${base}/notes/mcp`, url: upstream.url, inject: injectedHeader },
      { kind: "http", name: "mail", path: "/mail/mcp", resource: `${base}/mail/mcp`, url: upstream.url, inject: injectedHeader },
      { name: "files", path: "/files/mcp", resource: `${base}/files/mcp`, cwd: "/", env: minimalEnvironment(process.env), ...lightServer },
    ],
  });
});
afterEach(async () => {
  await bridge.stop();
  await upstream[Symbol.asyncDispose]();
});

const sessionAt = async (server: string, tokenFor = server): Promise<McpSession> =>
  new McpSession(`${bridge.base}/${server}/mcp`, await bridge.auth.token(`${bridge.base}/${tokenFor}/mcp`, { subject: "alice" }));

describe("several servers", () => {
  it("have an endpoint and metadata each, and none at the root", async () => {
    for (const name of ["notes", "mail", "files"]) {
      const resource = `${bridge.base}/${name}/mcp`;
      const metadata = await request(`${bridge.base}/.well-known/oauth-protected-resource/${name}/mcp`);
      expect(metadata.json()).toMatchObject({ resource, authorization_servers: [bridge.base], resource_name: name });
      const challenge = await request(resource, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
      expect([challenge.status, challenge.headers.get("www-authenticate")]).toEqual([401, expect.stringContaining(`resource_metadata="${bridge.base}/.well-known/oauth-protected-resource/${name}/mcp"`)]);
    }
    for (const path of ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource/other/mcp"]) {
      expect((await request(`${bridge.base}${path}`)).status).toBe(404);
    }
  });

  it("that are not there are not found, on every verb (C16)", async () => {
    const token = await bridge.auth.token(`${bridge.base}/notes/mcp`);
    for (const path of ["/other/mcp", "/mcp", "/notes", "/notes/mcp/x", "/sse"]) {
      for (const method of ["POST", "GET", "DELETE"]) {
        const answer = await request(`${bridge.base}${path}`, { method, headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, ...(method === "POST" ? { body: "{}" } : {}) });
        expect([path, method, answer.status]).toEqual([path, method, 404]);
      }
    }
  });

  it("take a token for themselves only, whatever stands before or after it in the path (A16)", async () => {
    for (const [at, tokenFor] of [
      ["notes", "mail"],
      ["files", "notes"],
      ["mail", "files"],
    ] as const) {
      const session = await sessionAt(at, tokenFor);
      expect((await session.initialize()).status).toBe(401);
      expect((await session.openStream()).status).toBe(401);
      expect((await session.delete()).status).toBe(401);
    }
    for (const audience of [`${bridge.base}/mcp`, `${bridge.base}/note/mcp`, `${bridge.base}/notes/mcp/`, `${bridge.base}/notes`, bridge.base]) {
      const session = new McpSession(`${bridge.base}/notes/mcp`, await bridge.auth.token(audience));
      expect((await session.initialize()).status).toBe(401);
    }
    expect(upstream.received).toEqual([]);
  });

  it("get the account that was connected for each of them, and never another's (B04)", async () => {
    await bridge.vault.connect("alice", `${bridge.base}/notes/mcp`, "token-for-notes");
    await bridge.vault.connect("alice", `${bridge.base}/mail/mcp`, "token-for-mail");
    for (const name of ["notes", "mail"]) {
      const session = await sessionAt(name);
      await session.initialize();
      expect(JSON.parse(await session.callTool("whoami")).authorization).toBe(`Bearer token-for-${name}`);
    }
    const files = await sessionAt("files");
    expect((await files.initialize()).status).toBe(200);
  });

  it("keep their sessions apart", async () => {
    await bridge.vault.connect("alice", `${bridge.base}/notes/mcp`, "T1");
    await bridge.vault.connect("alice", `${bridge.base}/mail/mcp`, "T2");
    const notes = await sessionAt("notes");
    await notes.initialize();
    for (const name of ["mail", "files"]) {
      const other = await sessionAt(name);
      other.sessionId = notes.sessionId;
      expect((await other.post({ jsonrpc: "2.0", id: 1, method: "tools/list" })).status).toBe(404);
    }
  });
});

describe("one server with a name", () => {
  it("is also found where a client looks that was told nothing but the host", async () => {
    const alone = await startBridge({ servers: (base) => [{ kind: "http", name: "notes", path: "/notes/mcp", resource: `${base}/notes/mcp`, url: upstream.url }] });
    try {
      const token = await alone.auth.token(`${alone.base}/notes/mcp`);
      for (const path of ["/mcp", "/notes/mcp"]) expect((await new McpSession(`${alone.base}${path}`, token).initialize()).status).toBe(200);
      expect((await request(`${alone.base}/.well-known/oauth-protected-resource/mcp`)).json()).toMatchObject({ resource: `${alone.base}/notes/mcp` });
      expect((await new McpSession(`${alone.base}/mcp`, await alone.auth.token(`${alone.base}/mcp`)).initialize()).status).toBe(401);
    } finally {
      await alone.stop();
    }
  });
});
