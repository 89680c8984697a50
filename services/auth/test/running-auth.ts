import { createInProcessBus, createMessenger, type Bus, type Messenger } from "@mcp-auth-proxy/bus";
import { Keyring, Secret } from "@mcp-auth-proxy/crypto";
import { openSqliteStore, type EventStore, type StoreDefinition } from "@mcp-auth-proxy/event-store";
import { createHttpApp, type Service } from "@mcp-auth-proxy/http";
import { createMemoryKv } from "@mcp-auth-proxy/kv";
import { createLog, noTracer } from "@mcp-auth-proxy/telemetry";
import { createFakeClock, type FakeClock } from "@mcp-auth-proxy/testing";
import { composeTokenVault, defaultRefreshThresholdMs, tokenVaultStore } from "@mcp-auth-proxy/token-vault";
import type { FastifyInstance } from "fastify";
import { authStore, composeAuth, defaultAuthLimits, defaultCsrf, defaultSession, type AuthConfig } from "../src/index.ts";

export const password = "correct horse battery staple";
export const issuer = "http://localhost:8080";
export const resource = `${issuer}/mcp`;
const vaultKey = "b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w=";

export const testConfig: AuthConfig = {
  issuer,
  resources: [{ name: "files", resource, path: "/mcp", displayName: "Files" }],
  password: { kind: "plain", value: Secret.of(password) },
  providers: [],
  providerAutoSelect: true,
  allowed: [],
  accessTokenTtlMs: 3_600_000,
  refreshTokenTtlMs: 30 * 86_400_000,
  authorizationCodeTtlMs: 60_000,
  refreshReplayWindowMs: 60_000,
  clientRegistration: true,
  clientIdMetadata: true,
  clients: [],
  idJagIssuers: [],
  clientRedirectSchemes: ["cursor", "vscode"],
  pkce: { required: true, methods: ["S256"] },
  secureCookies: false,
  session: defaultSession(false),
  csrf: defaultCsrf,
  limits: defaultAuthLimits,
};

/** Auth with a real vault, real SQLite and an in-process bus; only the clock is moved by hand. */
export interface RunningAuth {
  readonly app: FastifyInstance;
  readonly config: AuthConfig;
  readonly store: EventStore;
  readonly clock: FakeClock;
  readonly bus: Bus;
  /** A bridge's end of the bus. */
  readonly bridge: Messenger;
  readonly logLines: readonly string[];
  readonly service: Service;
  readonly vault: Service;
  /** Every event so far, as `<stream> <type>`. */
  events(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export interface RunningAuthOptions {
  readonly config?: Partial<AuthConfig>;
  /** Store files; in memory unless given. */
  readonly files?: { readonly auth: string; readonly vault: string };
  /** Opens stores elsewhere than in those files. */
  readonly openStore?: (definition: StoreDefinition, clock: FakeClock) => Promise<EventStore>;
  readonly clock?: FakeClock;
}

export const startAuth = async (options: RunningAuthOptions = {}): Promise<RunningAuth> => {
  const config = { ...testConfig, ...options.config };
  const clock = options.clock ?? createFakeClock();
  const logLines: string[] = [];
  const log = createLog({ level: "debug", format: "json", destination: { write: (line) => logLines.push(line) } });
  const bus = createInProcessBus({ clock });
  const shared = { bus, clock, log, tracer: noTracer };
  const open = (definition: StoreDefinition, file = ":memory:"): Promise<EventStore> => options.openStore?.(definition, clock) ?? openSqliteStore({ definition, file, clock });
  const vaultStore = await open(tokenVaultStore, options.files?.vault);
  const keyring = Keyring.parse(vaultKey);
  const vault = await composeTokenVault({
    ...shared,
    config: { issuer: config.issuer, resources: () => config.resources.map(({ resource }) => resource), refreshThresholdMs: defaultRefreshThresholdMs },
    store: vaultStore,
    keyring,
    readKeyring: () => keyring,
  });
  await vault.start();
  const store = await open(authStore, options.files?.auth);
  const kv = createMemoryKv({ clock });
  const service = await composeAuth({ ...shared, config, store, kv });
  await service.start();
  const app = createHttpApp({ log, clock });
  await service.routes?.(app);
  await app.ready();
  return {
    app,
    config,
    store,
    clock,
    bus,
    bridge: createMessenger({ bus, service: "bridge", log, tracer: noTracer }),
    logLines,
    service,
    vault,
    events: async () => {
      const { events } = await store.readFeed({ logEpoch: store.logEpoch, position: 0 }, 1_000);
      return events.map(({ streamId, type }) => `${streamId} ${type}`);
    },
    stop: async () => {
      await app.close();
      await service.stop(1_000);
      await vault.stop(1_000);
      await bus.close();
      await kv.close();
      await store.close();
      await vaultStore.close();
    },
  };
};
