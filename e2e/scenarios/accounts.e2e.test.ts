import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  freePort,
  Gateway,
  gatewayFolders,
  listenForCallback,
  startGoogleProvider,
  startOidcProvider,
  startUpstreamMcpServer,
  toolText,
  whoamiServer,
} from "@mcp-auth-proxy/testing";
import { launchChromium, visit, type BrowserVisit } from "@mcp-auth-proxy/testing/chromium";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { createRemoteJWKSet, jwtVerify } from "jose";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MemoryProvider } from "../support/sdk-client.ts";

const info = { name: "official client", version: "1" };
const client = { clientId: "gateway", clientSecret: "a client secret of the gateway" };
const people = [{ login: "ada" }, { login: "bob" }];
const servers = ["notes", "drive", "mail"] as const;

/** What an upstream server says of the token it was given. */
interface Whoami {
  readonly person: string;
  readonly tokenHash: string;
}

const start = async () => {
  const stack = new AsyncDisposableStack();
  const port = await freePort();
  const base = `http://localhost:${port}`;
  const redirectUris = [`${base}/auth/callback`, `${base}/auth/oidc/callback`, `${base}/auth/google/callback`];
  const oidc = stack.use(await startOidcProvider({ clients: [{ ...client, redirectUris }], people }));
  const google = stack.use(await startGoogleProvider({ clients: [{ ...client, redirectUris }], people }));
  const notes = stack.use(await startUpstreamMcpServer({ userinfo: oidc.endpoints.userinfo, sessions: true }));
  const folders = gatewayFolders();
  const file = join(folders.root, "config", "mcp_servers.json");
  mkdirSync(join(folders.root, "config"));
  const [node = "", ...drive] = whoamiServer(google.endpoints.userinfo, { file: "GDRIVE_CREDENTIALS_PATH" });
  const [, ...mail] = whoamiServer(google.endpoints.userinfo, { env: "GMAIL_TOKEN" });
  writeFileSync(
    file,
    JSON.stringify({
      servers: [
        { name: "notes", type: "http", url: notes.url, tier: 2, oauth_provider: "oidc", scopes: ["openid", "offline_access"] },
        { name: "drive", command: node, args: drive, tier: 2, oauth_provider: "google", scopes: ["https://www.googleapis.com/auth/drive.readonly"], inject: { file: { env: "GDRIVE_CREDENTIALS_PATH", format: "google-authorized-user" } } },
        { name: "mail", command: node, args: mail, tier: 2, oauth_provider: "google", scopes: ["https://www.googleapis.com/auth/gmail.readonly"], inject: { env: { GMAIL_TOKEN: "${access_token}" } } },
      ],
    }),
  );
  const gateway = stack.use(
    await Gateway.launch({
      port,
      folders,
      command: [],
      environment: {
        PASSWORD: undefined,
        MCP_SERVERS_CONFIG: file,
        GOOGLE_ISSUER: google.issuer,
        GOOGLE_CLIENT_ID: client.clientId,
        GOOGLE_CLIENT_SECRET: client.clientSecret,
        OIDC_ISSUER: oidc.issuer,
        OIDC_CLIENT_ID: client.clientId,
        OIDC_CLIENT_SECRET: client.clientSecret,
        OIDC_PROVIDER_NAME: "Company",
        IDENTITY_HEADER: "X-MCP-Identity",
        HEADER_MAPPING: "/email:X-Forwarded-Email,/sub:X-User",
      },
    }),
  );
  return { gateway, oidc, google, notes, base, [Symbol.asyncDispose]: () => stack.disposeAsync() };
};

type Running = Awaited<ReturnType<typeof start>>;

describe("people with accounts at two providers, and three servers that need them", () => {
  let browser: Browser;
  let running: Running;
  beforeAll(async () => {
    browser = await launchChromium();
    running = await start();
  });
  afterAll(async () => {
    await browser.close();
    await running[Symbol.asyncDispose]();
  });

  /** Signs a person in at one server, in a browser that may know them already. */
  const signIn = async (visited: BrowserVisit, person: string, server: string): Promise<MemoryProvider> => {
    await using callback = await listenForCallback();
    const provider = new MemoryProvider(callback.redirectUri);
    const transport = new StreamableHTTPClientTransport(new URL(`${running.base}/${server}/mcp`), { authProvider: provider });
    await expect(new Client(info).connect(transport)).rejects.toThrow(UnauthorizedError);
    await visited.signIn(provider.signInUrl, { person, provider: "Company", stopAt: callback.redirectUri });
    const redirect = await callback.next();
    expect(redirect.searchParams.get("error")).toBeNull();
    await transport.finishAuth(redirect.searchParams.get("code") ?? "");
    return provider;
  };

  const whoami = async (server: string, authProvider: MemoryProvider, headers: Readonly<Record<string, string>> = {}): Promise<Whoami> => {
    const connected = new Client(info);
    await connected.connect(new StreamableHTTPClientTransport(new URL(`${running.base}/${server}/mcp`), { authProvider, requestInit: { headers } }));
    const result = await connected.callTool({ name: "whoami", arguments: {} });
    await connected.close();
    return JSON.parse(toolText({ result })) as Whoami;
  };

  let signedIn: Map<string, Map<string, MemoryProvider>>;
  const providerOf = (login: string, server: string): MemoryProvider => {
    const provider = signedIn.get(login)?.get(server);
    if (provider === undefined) throw new Error(`${login} did not sign in at ${server}`);
    return provider;
  };

  it("each server is given the token of the person who calls, of its own provider, and never another", async () => {
    signedIn = new Map();
    for (const { login } of people) {
      await using visited = await visit(browser);
      const own = new Map<string, MemoryProvider>();
      for (const server of servers) own.set(server, await signIn(visited, login, server));
      signedIn.set(login, own);
      expect(visited.complaints).toEqual([]);
    }

    const asked = people.flatMap(({ login }) => servers.map((server) => ({ login, server })));
    const answers = await Promise.all(
      [...asked, ...asked].map(async ({ login, server }) => ({ login, server, answer: await whoami(server, providerOf(login, server)) })),
    );

    for (const { login, server, answer } of answers) {
      const upstream = server === "notes" ? running.oidc : running.google;
      expect(answer.person, `${server} for ${login}`).toBe(upstream.subOf(login));
    }
    // A credential belongs to a person and a server: no two of them share a token.
    expect(new Set(answers.map(({ answer }) => answer.tokenHash)).size).toBe(people.length * servers.length);
    const ours = [...signedIn.values()].flatMap((own) => [...own.values()].map((provider) => provider.tokens()?.access_token ?? ""));
    const sent = JSON.stringify(running.notes.received);
    for (const token of ours) {
      expect(token).not.toBe("");
      expect(sent).not.toContain(token);
    }
  });

  it("a server behind a URL is told who calls, in a form that it can verify, and not what the client says of itself", async () => {
    await whoami("notes", providerOf("bob", "notes"), { "X-Forwarded-Email": "root@example.com", "X-MCP-Identity": "forged" });
    const headers = running.notes.received.findLast(({ body }) => JSON.stringify(body).includes("tools/call"))?.headers ?? {};
    expect(headers["x-forwarded-email"]).toBe("bob@example.com");
    const keys = createRemoteJWKSet(new URL(`${running.base}/jwks`));
    const { payload } = await jwtVerify(String(headers["x-mcp-identity"]), keys, { issuer: running.base, audience: `${running.base}/notes/mcp`, typ: "mcp-identity+jwt", algorithms: ["ES256"] });
    expect(payload).toMatchObject({ sub: headers["x-user"], email: "bob@example.com", email_verified: true });
    const asToken = await fetch(`${running.base}/notes/mcp`, { method: "POST", headers: { authorization: `Bearer ${String(headers["x-mcp-identity"])}`, "content-type": "application/json" }, body: "{}" });
    expect(asToken.status).toBe(401);
  });

  it("a token that its provider ended is refreshed while its person waits: once, however many calls there are", async () => {
    const ada = running.oidc.subOf("ada");
    const before = await whoami("notes", providerOf("ada", "notes"));
    running.oidc.expireAccessTokens(ada);
    const seen = running.oidc.requests.length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => whoami("notes", providerOf("ada", "notes"))));
    expect(new Set(answers.map(({ person }) => person))).toEqual(new Set([ada]));
    const [now] = new Set(answers.map(({ tokenHash }) => tokenHash));
    expect(new Set(answers.map(({ tokenHash }) => tokenHash)).size).toBe(1);
    expect(now).not.toBe(before.tokenHash);
    expect(running.oidc.requests.slice(seen).map(({ grantType, status }) => [grantType, status])).toEqual([["refresh_token", 200]]);
    expect((await whoami("notes", providerOf("bob", "notes"))).person).toBe(running.oidc.subOf("bob"));
  });

  it("an account that was disconnected at its provider is said to need its person, with where to go", async () => {
    running.oidc.revokePerson(running.oidc.subOf("ada"));
    await expect(whoami("notes", providerOf("ada", "notes"))).rejects.toThrow(`${running.base}/account`);
    await using visited = await visit(browser);
    const again = await signIn(visited, "ada", "notes");
    expect((await whoami("notes", again)).person).toBe(running.oidc.subOf("ada"));
  });
});
