import { type Answer, McpSession, request, smallServer, waitFor } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HttpServer, minimalEnvironment, type StdioServer } from "../../src/index.ts";
import { startBridge, type TestBridge } from "../fixtures/bridge.ts";
import { Upstream } from "../fixtures/upstream.ts";

let bridge: TestBridge;
let upstream: Upstream;
let files: StdioServer;
let notes: HttpServer;

const [command = "", ...args] = smallServer;
const places = (base: string, name: string) => ({ name, path: `/${name}/mcp`, resource: `${base}/${name}/mcp` });
const stdio = (base: string, name: string): StdioServer => ({ ...places(base, name), cwd: "/", env: minimalEnvironment(process.env), command, args });

beforeEach(async () => {
  upstream = await Upstream.start();
  bridge = await startBridge({
    servers: (base) => {
      files = stdio(base, "files");
      notes = { kind: "http", ...places(base, "notes"), url: upstream.url };
      return [files, notes];
    },
  });
});
afterEach(async () => {
  await bridge.stop();
  await upstream[Symbol.asyncDispose]();
});

const sessionAt = async (name: string): Promise<McpSession> => {
  const resource = `${bridge.base}/${name}/mcp`;
  return new McpSession(resource, await bridge.auth.token(resource, { subject: "alice" }));
};
const opened = async (name: string): Promise<McpSession> => {
  const session = await sessionAt(name);
  expect((await session.initialize()).status).toBe(200);
  return session;
};
const ping = (session: McpSession): Promise<Answer> => session.post({ jsonrpc: "2.0", id: 9, method: "tools/list" });
const metadataOf = (name: string): Promise<Answer> => request(`${bridge.base}/.well-known/oauth-protected-resource/${name}/mcp`);
const replace = async (...servers: readonly (StdioServer | HttpServer)[]): Promise<void> => {
  expect(await bridge.service.replaceServers(servers)).toMatchObject({ ok: true });
};

describe("a server that comes while the gateway runs", () => {
  it("is found with its metadata, asks for its own token, and is spoken to like any other, over either transport", async () => {
    const late: StdioServer = stdio(bridge.base, "late");
    const web: HttpServer = { kind: "http", ...places(bridge.base, "web"), url: upstream.url };
    expect((await metadataOf("late")).status).toBe(404);
    await replace(files, notes, late, web);
    for (const name of ["late", "web"]) {
      expect((await metadataOf(name)).json()).toMatchObject({ resource: `${bridge.base}/${name}/mcp` });
      const refused = await request(`${bridge.base}/${name}/mcp`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
      expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, expect.stringContaining(`oauth-protected-resource/${name}/mcp`)]);
      const foreign = new McpSession(`${bridge.base}/${name}/mcp`, await bridge.auth.token(files.resource));
      expect((await foreign.initialize()).status).toBe(401);
      const session = await opened(name);
      expect((await ping(session)).status).toBe(200);
      expect((await session.delete()).status).toBe(204);
      expect((await ping(session)).status).toBe(404);
    }
  });

  it("obeys the guards of the others: hosts, sizes, types, methods", async () => {
    await replace(files, notes, stdio(bridge.base, "late"));
    const at = async (url: string, init: { readonly method: string; readonly headers?: Record<string, string>; readonly body?: string }): Promise<number> => {
      const headers = { authorization: `Bearer ${await bridge.auth.token(url)}`, "content-type": "application/json", ...init.headers };
      // What is too large is refused before it was read: the client may see its connection end.
      return request(url, { ...init, headers }).then(({ status }) => status, () => 413);
    };
    for (const init of [
      { method: "POST", headers: { origin: "https://evil.example" }, body: "{}" },
      { method: "POST", headers: { "content-type": "text/plain" }, body: "{}" },
      { method: "POST", body: "x".repeat(20_000_000) },
      { method: "PUT", body: "{}" },
      { method: "OPTIONS" },
    ]) {
      const [late, first] = [await at(`${bridge.base}/late/mcp`, init), await at(files.resource, init)];
      expect([init.method, late]).toEqual([init.method, first]);
    }
  });
});

describe("a server that is not changed", () => {
  it("goes on with its sessions, streams and processes", async () => {
    const session = await opened("files");
    const stream = await session.openStream();
    await replace(files, stdio(bridge.base, "late"));
    expect((await ping(session)).status).toBe(200);
    expect(bridge.log.filter(({ msg }) => msg === "child ended")).toEqual([]);
    stream.close();
  });
});

describe("a server that went", () => {
  it.each(["files", "notes"])("is not found, in whatever way its path is written, and its sessions and streams are over (%s)", async (name) => {
    const session = await opened(name);
    const stream = name === "files" ? await session.openStream() : undefined;
    await replace(name === "files" ? notes : files);
    await stream?.ended;
    for (const path of [`/${name}/mcp`, `/${name}/mcp/`, `/%${name.charCodeAt(0).toString(16)}${name.slice(1)}/mcp`, `/${name}/mcp?x=1`]) {
      for (const method of ["POST", "GET", "DELETE", "PUT", "OPTIONS"]) {
        const answer = await request(`${bridge.base}${path}`, { method, headers: session.headers(), ...(method === "POST" ? { body: "{}" } : {}) });
        expect([path, method, answer.status]).toEqual([path, method, 404]);
      }
    }
    const metadata = await metadataOf(name);
    expect([metadata.status, metadata.headers.get("access-control-allow-origin")]).toEqual([404, "*"]);
    expect((await metadataOf(name === "files" ? "notes" : "files")).status).toBe(200);
    if (name === "files") await waitFor("the end of its process", () => bridge.log.some(({ msg }) => msg === "child ended"));
  });

  it("that came late goes as well, and can come back", async () => {
    const late = stdio(bridge.base, "late");
    await replace(files, notes, late);
    const session = await opened("late");
    await replace(files, notes);
    expect([(await ping(session)).status, (await metadataOf("late")).status]).toEqual([404, 404]);
    await replace(files, notes, { ...late });
    expect((await ping(session)).status).toBe(404);
    expect((await ping(await opened("late"))).status).toBe(200);
  });
});

describe("a server that is changed", () => {
  it("is another one at the same path: its sessions are over, tokens go on to count", async () => {
    const session = await opened("files");
    await replace({ ...files, tools: { deny: ["echo"] } }, notes);
    expect((await ping(session)).status).toBe(404);
    session.sessionId = undefined;
    expect((await session.initialize()).status).toBe(200);
    expect(JSON.stringify(await session.call("tools/list"))).not.toContain('"echo"');
    await replace({ ...files }, notes);
    expect((await ping(session)).status).toBe(404);
    const again = await opened("files");
    expect(JSON.stringify(await again.call("tools/list"))).toContain('"echo"');
  });
});

describe("other servers", () => {
  it("are refused whole when one of them can not be served, and nothing changes", async () => {
    const session = await opened("files");
    const refused = await bridge.service.replaceServers([{ ...files, command: "" }, stdio(bridge.base, "late")]);
    expect(refused).toEqual({ ok: false, error: "files: its command is empty or holds a line break" });
    expect([(await ping(session)).status, (await metadataOf("late")).status]).toEqual([200, 404]);
  });

  it("are not taken any more once the bridge stops, and end with it", async () => {
    await replace(files, notes, stdio(bridge.base, "late"));
    const session = await opened("late");
    const stream = await session.openStream();
    await bridge.stop();
    await stream.ended;
    expect(await bridge.service.replaceServers([files])).toMatchObject({ ok: false });
    bridge = await startBridge();
  });
});
