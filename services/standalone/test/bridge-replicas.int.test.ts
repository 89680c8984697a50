import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { authStore, composeAuth, defaultAuthLimits, defaultCsrf, defaultSession, type AuthConfig } from "@mcp-auth-proxy/auth";
import { createInProcessBus, createMessenger, type Messenger } from "@mcp-auth-proxy/bus";
import { systemClock, vaultV1 } from "@mcp-auth-proxy/contracts";
import { Keyring, Secret } from "@mcp-auth-proxy/crypto";
import { openSqliteStore, type StoreDefinition } from "@mcp-auth-proxy/event-store";
import { createDrain, createHttpApp, type Service } from "@mcp-auth-proxy/http";
import { createMemoryKv } from "@mcp-auth-proxy/kv";
import { composeMcpBridge, defaultBridgeLimits } from "@mcp-auth-proxy/mcp-bridge";
import { composeRefresher, defaultRefresherLimits, refresherStore } from "@mcp-auth-proxy/refresher";
import { createLog, noTracer } from "@mcp-auth-proxy/telemetry";
import { freePort, jsonObject, McpSession, type OidcProvider, signIn, startOidcProvider, startWebHost, type TokenRequest, toolText, waitFor } from "@mcp-auth-proxy/testing";
import { composeTokenVault, defaultRefreshThresholdMs, tokenVaultStore } from "@mcp-auth-proxy/token-vault";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const client = { id: "gateway", secret: "a client secret of the gateway" };
const replicas = 3;
const calls = 1_000;

/** One vault, one auth, one refresher and three bridges, each with a listener of its own, in front of one MCP server. */
interface Deployment extends AsyncDisposable {
  readonly oidc: OidcProvider;
  readonly resource: string;
  /** Where each of the bridges is reached. */
  readonly endpoints: readonly string[];
  /** Host that clients were told: a balancer passes it on. */
  readonly host: string;
  readonly bridge: Messenger;
  readonly log: readonly string[];
}

/** A server without sessions, which lets nobody in whose token the provider does not know, and tells everybody else whose it is. */
const answerOf = async (oidc: OidcProvider, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { id, method } = jsonObject(await text(request));
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const owner = oidc.isLive(token);
  if (owner === undefined) return void response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end();
  if (id === undefined) return void response.writeHead(202).end();
  const about = `${owner.sub} ${createHash("sha256").update(token).digest("base64url")}`;
  const introduced = { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "whoami", version: "1" } };
  const result = method === "initialize" ? introduced : { content: [{ type: "text", text: about }] };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id, result }));
};

const startDeployment = async (): Promise<Deployment> => {
  await using starting = new AsyncDisposableStack();
  const [port = 0, ...otherPorts] = await Promise.all(Array.from({ length: replicas }, () => freePort()));
  const base = `http://localhost:${port}`;
  const resource = `${base}/mcp`;
  const oidc = starting.use(await startOidcProvider({ clients: [{ clientId: client.id, clientSecret: client.secret, redirectUris: [`${base}/auth/callback`] }], rotate: true }));
  const upstream = starting.use(await startWebHost((request, response) => void answerOf(oidc, request, response)));
  const lines: string[] = [];
  const log = createLog({ level: "info", format: "json", destination: { write: (line) => lines.push(line) } });
  const shared = { bus: createInProcessBus(), clock: systemClock, log, tracer: noTracer };
  starting.defer(() => shared.bus.close());
  const kv = createMemoryKv({ clock: systemClock });
  starting.defer(() => kv.close());
  const opened = async (definition: StoreDefinition) => {
    const store = await openSqliteStore({ definition, file: ":memory:", clock: systemClock });
    starting.defer(() => store.close());
    return store;
  };
  const started = async (service: Service): Promise<Service> => {
    await service.start();
    starting.defer(() => service.stop(2_000));
    return service;
  };
  const keyring = Keyring.parse("b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w=");
  await started(await composeTokenVault({ ...shared, config: { issuer: base, resources: () => [resource], refreshThresholdMs: defaultRefreshThresholdMs }, store: await opened(tokenVaultStore), keyring, readKeyring: () => keyring }));
  const company = { id: "oidc", client: { id: client.id, secret: Secret.of(client.secret) }, scopes: [], allowed: [{ kind: "everyone" }] } as const;
  const authConfig: AuthConfig = {
    issuer: base,
    resources: [{ name: "notes", resource, path: "/mcp", displayName: "Notes", connection: { provider: "oidc", scopes: ["openid", "offline_access"] } }],
    providers: [{ kind: "oidc", displayName: "Company", ...company, issuer: oidc.issuer, endpoints: {}, trustEmail: false }],
    providerAutoSelect: true,
    allowed: [],
    accessTokenTtlMs: 3_600_000,
    refreshTokenTtlMs: 86_400_000,
    authorizationCodeTtlMs: 60_000,
    refreshReplayWindowMs: 60_000,
    clientRegistration: true,
    clientIdMetadata: true,
    clients: [],
    idJagIssuers: [],
    clientRedirectSchemes: [],
    pkce: { required: true, methods: ["S256"] },
    secureCookies: false,
    session: defaultSession(false),
    csrf: defaultCsrf,
    limits: defaultAuthLimits,
  };
  const auth = await started(await composeAuth({ ...shared, config: authConfig, store: await opened(authStore), kv }));
  const policy = { thresholdMs: defaultRefreshThresholdMs, maxRetries: 3, retryDelayMs: 1_000 };
  const provider = { id: "oidc", clientId: client.id, clientSecret: Secret.of(client.secret), clientAuthentication: "client_secret_basic", issuer: oidc.issuer } as const;
  await started(await composeRefresher({ ...shared, config: { providers: [provider], clientsOfResource: [], policy, limits: defaultRefresherLimits }, store: await opened(refresherStore) }));

  for (const each of [port, ...otherPorts]) {
    const bridge = await started(
      await composeMcpBridge({
        ...shared,
        kv,
        config: {
          externalUrl: base,
          servers: [{ kind: "http", name: "notes", path: "/mcp", resource, url: `http://127.0.0.1:${upstream.port}/mcp`, inject: { kind: "header", name: "Authorization", template: "Bearer ${access_token}" } }],
          corsOrigins: [],
          // All of it happens in one process on a machine that others use, too: patience must not decide here.
          limits: { ...defaultBridgeLimits, refreshMs: 50_000, connectMs: 50_000 },
        },
      }),
    );
    const app = createHttpApp({ log, clock: systemClock });
    if (each === port) await auth.routes?.(app);
    await bridge.routes?.(app);
    await app.listen({ port: each, host: "localhost" });
    starting.defer(() => createDrain(app).close(500).then(() => undefined));
  }
  const running = starting.move();
  return {
    oidc,
    resource,
    endpoints: [port, ...otherPorts].map((each) => `http://localhost:${each}/mcp`),
    host: `localhost:${port}`,
    bridge: createMessenger({ ...shared, service: "bridge" }),
    log: lines,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
};

const whoami = (id: number) => ({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "whoami", arguments: {} } });

const refreshes = ({ requests }: OidcProvider): readonly TokenRequest[] => requests.filter(({ grantType }) => grantType === "refresh_token");

describe("a thousand calls of one person at once, over three bridges", () => {
  let deployment: Deployment;
  beforeEach(async () => {
    deployment = await startDeployment();
  }, 120_000);
  afterEach(() => deployment[Symbol.asyncDispose](), 60_000);

  /** Each call on a connection of its own; what the server was told, by the provider's word. */
  const callAll = async (accessToken: string): Promise<ReadonlyMap<string, number>> => {
    const { endpoints, host } = deployment;
    const sessions = endpoints.map((url) => new McpSession(url, accessToken));
    const answers = await Promise.all(
      Array.from({ length: calls }, async (_, id) => {
        const session = sessions[id % sessions.length];
        const answer = await session?.post(whoami(id), { host });
        if (answer?.status !== 200) return `${answer?.status} ${answer?.text.slice(0, 200)}`;
        const message = answer.json();
        return message.result === undefined ? JSON.stringify(message.error) : toolText(message);
      }),
    );
    const counted = new Map<string, number>();
    for (const answer of answers) counted.set(answer, (counted.get(answer) ?? 0) + 1);
    return counted;
  };

  const expectOneRefresh = async (accessToken: string): Promise<void> => {
    const { oidc } = deployment;
    const outcome = await callAll(accessToken);
    const errors = [...outcome].filter(([answer]) => !answer.startsWith(`${oidc.subOf("ada")} `));
    expect(errors.slice(0, 3)).toEqual([]);
    expect([...outcome.values()]).toEqual([calls]);
    expect(refreshes(oidc).map(({ status, refreshToken }) => [status, refreshToken?.generation])).toEqual([[200, 0]]);
  };

  it("with a token that has expired: the provider is asked once, and nobody sees an error (B05)", async () => {
    const { oidc, resource, bridge } = deployment;
    oidc.accessTokenTtlSeconds = 1;
    const { tokens } = await signIn({ mcpUrl: resource, password: "", person: "ada" });
    const { sub } = jsonObject(Buffer.from(tokens.accessToken.split(".")[1] ?? "", "base64url").toString());
    await waitFor("the token to expire", async () => ((await bridge.ask(vaultV1.credentialsOf, { subjectId: String(sub) })).credentials[0]?.facts.expiresAt ?? Infinity) < Date.now());
    oidc.accessTokenTtlSeconds = 3600;
    await expectOneRefresh(tokens.accessToken);
  }, 180_000);

  it("with a token that its provider ended, and that every bridge still holds: the same (B05)", async () => {
    const { oidc, resource } = deployment;
    const { tokens } = await signIn({ mcpUrl: resource, password: "", person: "ada" });
    for (const url of deployment.endpoints) {
      const answer = await new McpSession(url, tokens.accessToken).post(whoami(1), { host: deployment.host });
      expect(answer.text).toContain(oidc.subOf("ada"));
    }
    oidc.expireAccessTokens(oidc.subOf("ada"));
    await expectOneRefresh(tokens.accessToken);
  }, 180_000);
});
