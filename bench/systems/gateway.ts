// The gateway's own services in one process, with the isolation and the room that a workload needs.
// Run: node --expose-gc gateway.ts <shared|session> <port> <command> [args…]. Prints `ready`; SIGUSR2 prints the memory after a collection.
import { authStore, composeAuth, defaultAuthLimits, defaultCsrf, defaultSession } from "@mcp-auth-proxy/auth";
import { createInProcessBus } from "@mcp-auth-proxy/bus";
import { systemClock } from "@mcp-auth-proxy/contracts";
import { Keyring, randomBytes, Secret } from "@mcp-auth-proxy/crypto";
import { openSqliteStore } from "@mcp-auth-proxy/event-store";
import { createDrain, createHttpApp } from "@mcp-auth-proxy/http";
import { createMemoryKv } from "@mcp-auth-proxy/kv";
import { composeMcpBridge, defaultBridgeLimits, minimalEnvironment } from "@mcp-auth-proxy/mcp-bridge";
import { createLog, noTracer } from "@mcp-auth-proxy/telemetry";
import { composeTokenVault, defaultRefreshThresholdMs, tokenVaultStore } from "@mcp-auth-proxy/token-vault";

const [isolation, port, command = "", ...args] = process.argv.slice(2);
const clock = systemClock;
const log = createLog({ level: "error", format: "json" });
const bus = createInProcessBus({ clock });
const kv = createMemoryKv({ clock });
const shared = { bus, clock, log, tracer: noTracer };
const issuer = `http://localhost:${port}`;
const resource = `${issuer}/mcp`;
const store = (definition: typeof authStore) => openSqliteStore({ definition, file: ":memory:", clock });

const keyring = Keyring.parse(randomBytes(32).toString("base64"));
const vault = await composeTokenVault({
  ...shared,
  config: { issuer, resources: () => [resource], refreshThresholdMs: defaultRefreshThresholdMs },
  store: await store(tokenVaultStore),
  keyring,
  readKeyring: () => keyring,
});
await vault.start();
const auth = await composeAuth({
  ...shared,
  kv,
  store: await store(authStore),
  config: {
    issuer,
    resources: [{ name: "echo", resource, path: "/mcp", displayName: "echo", scopes: [] }],
    password: { kind: "plain", value: Secret.of("bench") },
    providers: [],
    providerAutoSelect: true,
    allowed: [],
    accessTokenTtlMs: 3_600_000,
    refreshTokenTtlMs: 86_400_000,
    authorizationCodeTtlMs: 60_000,
    refreshReplayWindowMs: 60_000,
    clientRegistration: true,
    clientIdMetadata: false,
    clients: [],
    idJagIssuers: [],
    clientRedirectSchemes: [],
    pkce: { required: true, methods: ["S256"] },
    secureCookies: false,
    session: defaultSession(false),
    csrf: defaultCsrf,
    limits: defaultAuthLimits,
  },
});
await auth.start();
const room = { sessions: 20_000, sessionsPerSubject: 20_000, children: 2_000, childrenPerSubject: 2_000, requestsPerSession: 1_000 };
const bridge = await composeMcpBridge({
  ...shared,
  kv,
  config: {
    externalUrl: issuer,
    servers: [
      {
        name: "echo",
        path: "/mcp",
        resource,
        command,
        args,
        cwd: process.cwd(),
        env: minimalEnvironment(process.env),
        protocol: "legacy",
        isolation: isolation === "shared" ? "shared" : "session",
      },
    ],
    corsOrigins: [],
    limits: { ...defaultBridgeLimits, ...room },
  },
});
await bridge.start();
const app = createHttpApp({ log, clock });
await auth.routes?.(app);
await bridge.routes?.(app);
await app.listen({ host: "127.0.0.1", port: Number(port) });
process.stdout.write("ready\n");

process.on("SIGUSR2", () => {
  globalThis.gc?.();
  process.stdout.write(`memory ${process.memoryUsage().rss}\n`);
});
process.on("SIGTERM", () => {
  void (async () => {
    await bridge.stop(1_000);
    await createDrain(app).close(1_000);
    process.exit(0);
  })();
});
