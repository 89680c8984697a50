import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type OidcProvider,
  request,
  signInUpstream,
  startGithubProvider,
  startOidcProvider,
  startUpstreamMcpServer,
  type TokenSource,
  toolText,
  waitFor,
  whoamiServer,
} from "../../src/index.ts";

const client = { clientId: "gateway", clientSecret: "shared-with-the-gateway", redirectUris: ["http://127.0.0.1:9/callback"] };

describe("MCP servers behind a provider's tokens", () => {
  let provider: OidcProvider;
  let scratch: string;
  beforeEach(async () => {
    scratch = mkdtempSync(join(tmpdir(), "whoami-"));
    provider = await startOidcProvider({ clients: [client] });
  });
  afterEach(async () => {
    await provider.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  const tokenOf = async (person: string): Promise<string> => String((await signInUpstream({ endpoints: provider.endpoints, client, person })).json().access_token);
  const call = async (mcp: Client, name: string, args: Record<string, unknown> = {}) => toolText({ result: await mcp.callTool({ name, arguments: args }) });

  it.each([
    ["json", true],
    ["sse", true],
    ["json", false],
    ["sse", false],
  ] as const)("an HTTP server that answers with %s, with sessions: %s, tells whose token arrived", async (answers, sessions) => {
    await using server = await startUpstreamMcpServer({ userinfo: provider.endpoints.userinfo, answers, sessions });
    for (const person of ["ada", "bob"]) {
      const token = await tokenOf(person);
      const mcp = new Client({ name: "test", version: "1" });
      await mcp.connect(new StreamableHTTPClientTransport(new URL(server.url), { requestInit: { headers: { authorization: `Bearer ${token}`, "x-mark": person } } }));
      expect(JSON.parse(await call(mcp, "whoami"))).toMatchObject({ person: provider.subOf(person), login: person, email: `${person}@example.com` });
      expect((await mcp.listTools()).tools.map(({ name }) => name)).toEqual(["whoami", "wait"]);
      expect(server.received.at(-1)).toMatchObject({ method: "POST", status: 200, headers: { authorization: `Bearer ${token}`, "x-mark": person } });
      await mcp.close();
    }
  });

  it("an HTTP server refuses a token that is not live, and says where its metadata is", async () => {
    await using server = await startUpstreamMcpServer({ userinfo: provider.endpoints.userinfo });
    const token = await tokenOf("ada");
    const ask = (headers: Readonly<Record<string, string>>) => request(server.url, { method: "POST", headers: { accept: "application/json, text/event-stream", ...headers }, body: "{}" });
    provider.expireAccessTokens();
    const [none, dead] = [await ask({}), await ask({ authorization: `Bearer ${token}` })];
    const metadata = `resource_metadata="${new URL(server.url).origin}/.well-known/oauth-protected-resource/mcp"`;
    expect([none.status, none.headers.get("www-authenticate")]).toEqual([401, `Bearer ${metadata}`]);
    expect([dead.status, dead.headers.get("www-authenticate")]).toEqual([401, `Bearer error="invalid_token", ${metadata}`]);
    const document = await request(`${new URL(server.url).origin}/.well-known/oauth-protected-resource/mcp`);
    expect(document.json()).toMatchObject({ resource: server.url, authorization_servers: [provider.issuer] });
  });

  it("an HTTP server keeps sessions and streams, and forgets them", async () => {
    await using server = await startUpstreamMcpServer({ userinfo: provider.endpoints.userinfo });
    const mcp = new Client({ name: "test", version: "1" });
    await mcp.connect(new StreamableHTTPClientTransport(new URL(server.url), { requestInit: { headers: { authorization: `Bearer ${await tokenOf("ada")}` } } }));
    await waitFor("the stream to open", () => server.streams === 1);
    const notified = new Promise((resolve) => {
      mcp.fallbackNotificationHandler = async (notification) => resolve(notification.method);
    });
    server.notify({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
    expect(await notified).toBe("notifications/tools/list_changed");
    expect(server.sessions).toHaveLength(1);
    server.forgetSessions();
    await expect(call(mcp, "whoami")).rejects.toThrow("not known");
    await mcp.close();
    await waitFor("the stream to be gone", () => server.streams === 0);
  });

  it("tells people of GitHub by their numbers", async () => {
    await using github = await startGithubProvider({ clients: [client], people: [{ login: "ada", id: 4711 }], enterprise: true });
    await using server = await startUpstreamMcpServer({ userinfo: github.endpoints.userinfo, sessions: false });
    const { access_token: token } = (await signInUpstream({ endpoints: github.endpoints, client, person: "ada", scope: "" })).json();
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "whoami" } });
    const headers = { accept: "application/json, text/event-stream", authorization: `Bearer ${String(token)}` };
    const answer = await request(server.url, { method: "POST", headers, body });
    expect(JSON.parse(toolText(answer.json()))).toMatchObject({ person: "4711", login: "ada" });
  });

  async function withStdio(source: TokenSource, env: Record<string, string>, use: (mcp: Client) => Promise<void>): Promise<void> {
    const [command = "", ...args] = whoamiServer(provider.endpoints.userinfo, source);
    const mcp = new Client({ name: "test", version: "1" });
    await mcp.connect(new StdioClientTransport({ command, args, env }));
    try {
      await use(mcp);
    } finally {
      await mcp.close();
    }
  }

  it("a stdio server finds its token in a variable", async () => {
    await withStdio({ env: "THE_TOKEN" }, { THE_TOKEN: await tokenOf("bob") }, async (mcp) => {
      expect(JSON.parse(await call(mcp, "whoami"))).toMatchObject({ person: provider.subOf("bob") });
      provider.revokePerson(provider.subOf("bob"));
      expect(await call(mcp, "whoami")).toBe("the token is not live");
    });
    await withStdio({ env: "THE_TOKEN" }, {}, async (mcp) => expect(await call(mcp, "whoami")).toBe("no token arrived"));
  });

  it("a stdio server finds its token in the file that a variable names, and tells how it lies there", async () => {
    const path = join(scratch, "credentials.json");
    const write = async (person: string, type = "authorized_user") => writeFileSync(path, JSON.stringify({ type, access_token: await tokenOf(person) }), { mode: 0o600 });
    await write("ada");
    await withStdio({ file: "CREDENTIALS" }, { CREDENTIALS: path }, async (mcp) => {
      const file = { path, mode: "600", uid: process.getuid?.(), fields: ["type", "access_token"] };
      expect(JSON.parse(await call(mcp, "whoami"))).toMatchObject({ person: provider.subOf("ada"), file });
      await write("bob");
      expect(JSON.parse(await call(mcp, "whoami"))).toMatchObject({ person: provider.subOf("bob") });
      await write("bob", "service_account");
      expect(await call(mcp, "whoami")).toBe("the file is no authorized_user");
    });
  });

  it("a stdio server finds its token in the parameters of each call", async () => {
    const [ada, bob] = [await tokenOf("ada"), await tokenOf("bob")];
    await withStdio("params", {}, async (mcp) => {
      const whoami = async (token: string) => toolText({ result: await mcp.callTool({ name: "whoami", arguments: {}, authorization: `Bearer ${token}` } as { name: string }) });
      expect(await Promise.all([whoami(ada), whoami(bob)])).toEqual([expect.stringContaining(provider.subOf("ada")), expect.stringContaining(provider.subOf("bob"))]);
    });
  });

  it("a call can be kept under way until the test lets it go", async () => {
    const file = join(scratch, "go");
    await withStdio({ env: "THE_TOKEN" }, { THE_TOKEN: await tokenOf("ada") }, async (mcp) => {
      let done = false;
      const waiting = call(mcp, "wait", { file }).finally(() => (done = true));
      expect(await call(mcp, "whoami")).toContain(provider.subOf("ada"));
      expect(done).toBe(false);
      writeFileSync(file, "");
      expect(await waiting).toContain(provider.subOf("ada"));
    });
  });
});
