import {
  approve,
  createPkce,
  FormRobot,
  freePort,
  Gateway,
  type GoogleProvider,
  isObject,
  jsonObject,
  McpSession,
  registerClient,
  registeredClient,
  request,
  signIn,
  startGoogleProvider,
  stringIn,
  toolText,
  waitFor,
  whoamiServer,
} from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { printedPkce } from "../support/guide.ts";
import { useGateway } from "../support/use-gateway.ts";

const post = (url: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  request(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });

/** Lines of the log with a message, as JSON. */
const logged = ({ stderr }: Gateway, message: string): readonly Readonly<Record<string, unknown>>[] =>
  stderr.split("\n").flatMap((line) => {
    const entry: unknown = line.startsWith("{") ? JSON.parse(line) : undefined;
    return isObject(entry) && entry.msg === message ? [entry] : [];
  });

describe("section 7, PKCE", () => {
  const gateway = useGateway();

  it("7.1: the guide's JSON at /token is taken, without a redirect_uri too; a wrong verifier is refused, and the right one still works", async () => {
    const client = await registeredClient(gateway());
    const { code, made } = await approve(gateway(), client);
    const redeem = (verifier: string) =>
      post(`${gateway().baseUrl}/token`, { grant_type: "authorization_code", code, code_verifier: verifier, client_id: client.clientId });
    const wrong = await redeem(createPkce().verifier);
    expect([wrong.status, wrong.json().error]).toEqual([400, "invalid_grant"]);
    const answer = await redeem(made.pkce.verifier);
    expect([answer.status, answer.json().token_type]).toEqual([200, "Bearer"]);
  });

  it("7.1: the printed challenge is not that of the printed verifier, so the pair gets nothing", async () => {
    const client = await registeredClient(gateway());
    const { code } = await approve(gateway(), client, { code_challenge: printedPkce.challenge });
    const answer = await client.token({ grant_type: "authorization_code", code, code_verifier: printedPkce.verifier, client_id: client.clientId, redirect_uri: client.redirectUri });
    expect([answer.status, answer.json().error]).toEqual([400, "invalid_grant"]);
  });

  it.each(["/auth/callback", "/auth/google/callback"])("7.1: the gateway's own %s is no client's redirect URI", async (path) => {
    const { discovery } = await registeredClient(gateway());
    const answer = await registerClient(discovery, { client_name: "guide", redirect_uris: [`${gateway().baseUrl}${path}`] });
    expect([answer.status, answer.json().error]).toEqual([400, "invalid_redirect_uri"]);
  });

  it("7.2: a stolen code is worth nothing to another client, nor without the verifier", async () => {
    const { code, made, client } = { ...(await approve(gateway(), await registeredClient(gateway()))), client: await registeredClient(gateway()) };
    for (const stolen of [await client.exchange(code, made), await client.exchange(code, made, { code_verifier: undefined })]) {
      expect([400, 401]).toContain(stolen.status);
      expect(stolen.json()).not.toHaveProperty("access_token");
    }
  });

  it("7.3: the result of initialize names S256 where the guide's client looks for it", async () => {
    const { tokens } = await signIn(gateway());
    const answer = await new McpSession(gateway().mcpUrl, tokens.accessToken).initialize();
    const [data = ""] = answer.text.match(/\{.*\}/) ?? [];
    const capabilities = jsonObject(data).result;
    if (!isObject(capabilities)) throw new Error(answer.text);
    expect(capabilities.code_challenge_methods_supported).toContain("S256");
  });

  it("11.5: the log has each validation with method and result, at debug level too without code, verifier and challenge", async () => {
    const { code, made } = await signIn(gateway());
    const lines = logged(gateway(), "PKCE validation");
    expect(lines.map(({ method, result }) => [method, result])).toContainEqual(["S256", "PASSED"]);
    expect(lines.map(({ result }) => result)).toContain("FAILED");
    for (const secret of [code, made.pkce.verifier, made.pkce.challenge]) expect(gateway().output).not.toContain(secret);
  });
});

describe("section 6, transports", () => {
  const gateway = useGateway({ flags: ["--transport", "sse"] });
  const list = { jsonrpc: "2.0", method: "resources/list", params: {}, id: 1 };

  it("6.3: one POST is answered in the body, without a session, an Accept or a version header", async () => {
    const { tokens } = await signIn(gateway());
    const answer = await post(gateway().mcpUrl, list, { authorization: `Bearer ${tokens.accessToken}` });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(answer.json()).toMatchObject({ jsonrpc: "2.0", id: 1 });
  });

  it("6.2: with --transport sse, answers arrive at GET /mcp/events while the same token holds it", async () => {
    const { tokens } = await signIn(gateway());
    const stream = await new McpSession(`${gateway().mcpUrl}/events`, tokens.accessToken).openStream();
    expect(stream.status).toBe(200);
    expect((await post(gateway().mcpUrl, { ...list, id: "mine" }, { authorization: `Bearer ${tokens.accessToken}` })).status).toBe(202);
    await waitFor("the answer on the stream", () => stream.text().includes('"id":"mine"'));
    stream.close();
  });
});

describe("sections 1.2, 4.1 and 5: one server with GOOGLE_SCOPES, as each service of the guide is", () => {
  const client = { clientId: "gmail_google_id", clientSecret: "gmail_google_secret" };
  const scope = "https://www.googleapis.com/auth/gmail.readonly";
  let stack: AsyncDisposableStack;
  let google: GoogleProvider;
  let gateway: Gateway;
  beforeAll(async () => {
    await using starting = new AsyncDisposableStack();
    const port = await freePort();
    const base = `http://localhost:${port}`;
    google = starting.use(await startGoogleProvider({ clients: [{ ...client, redirectUris: [`${base}/auth/callback`, `${base}/auth/google/callback`] }], people: [{ login: "jedi" }] }));
    gateway = starting.use(
      await Gateway.launch({
        port,
        command: whoamiServer(google.endpoints.userinfo, "params"),
        environment: { PASSWORD: undefined, GOOGLE_ISSUER: google.issuer, GOOGLE_CLIENT_ID: client.clientId, GOOGLE_CLIENT_SECRET: client.clientSecret, GOOGLE_SCOPES: scope },
      }),
    );
    stack = starting.move();
  });
  afterAll(() => stack.disposeAsync());
  const whoami = async (session: McpSession): Promise<Record<string, unknown>> =>
    jsonObject(toolText(await session.call("tools/call", { name: "whoami", arguments: {} })));

  it("1.2 and 10.1: the client gets our token alone, the server gets the person's in its params", async () => {
    const { tokens } = await signIn({ mcpUrl: gateway.mcpUrl, password: "", person: "jedi" });
    const claims = jsonObject(Buffer.from(tokens.accessToken.split(".")[1] ?? "", "base64url").toString());
    expect([claims.iss, claims.aud, claims.scope]).toEqual([gateway.baseUrl, gateway.mcpUrl, "mcp-access"]);
    expect(stringIn(claims, "sub")).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(google.isLive(tokens.accessToken)).toBeUndefined();

    const session = new McpSession(gateway.mcpUrl, tokens.accessToken);
    await session.initialize();
    const first = await whoami(session);
    expect(first.person).toBe(google.subOf("jedi"));
  });

  it("5.3 and 11.5: a token is refreshed before it expires, the server gets the new one, and the log says so in the guide's words", async () => {
    google.accessTokenTtlSeconds = 20;
    const { tokens } = await signIn({ mcpUrl: gateway.mcpUrl, password: "", person: "jedi" });
    const session = new McpSession(gateway.mcpUrl, tokens.accessToken);
    await session.initialize();
    const first = await whoami(session);
    google.accessTokenTtlSeconds = 3_600;
    const refreshed = await waitFor("a refresh", () => logged(gateway, "Token refresh")[0], { limitMs: 60_000 });
    expect(refreshed).toMatchObject({ provider: "google", status: "success", expires_in: expect.any(Number), user: expect.any(String) });
    const second = await waitFor("the new token at the server", async () => {
      const seen = await whoami(session);
      return seen.tokenHash === first.tokenHash ? undefined : seen;
    });
    expect(second.person).toBe(first.person);
    expect(logged(gateway, "Token stored")[0]).toMatchObject({ provider: "google", encrypted: true });
    expect(google.requests.map(({ grantType, status }) => [grantType, status])).toContainEqual(["refresh_token", 200]);
  });

  it("10.1: a callback never answers with a token, nor in JSON", async () => {
    const page = await new FormRobot().open(`${gateway.baseUrl}/auth/callback?code=abc&state=def`);
    expect(page.status).toBeGreaterThanOrEqual(400);
    expect(page.headers.get("content-type")).toContain("text/html");
  });
});
