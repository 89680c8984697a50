import { randomUUID } from "node:crypto";
import { FakeAuth } from "@mcp-auth-proxy/access-token/testing";
import { createInProcessBus, createMessenger, type Bus, type Messenger } from "@mcp-auth-proxy/bus";
import { refresherV1, vaultV1, type CredentialId, type Sealed } from "@mcp-auth-proxy/contracts";
import { createSealingKeyPair, credentialIdOf, Keyring, sealTo, Secret } from "@mcp-auth-proxy/crypto";
import { openSqliteStore, type EventStore } from "@mcp-auth-proxy/event-store";
import type { ProviderOutbound, Service } from "@mcp-auth-proxy/http";
import { createLog, noTracer, type Log } from "@mcp-auth-proxy/telemetry";
import { createFakeClock, waitFor, type FakeClock } from "@mcp-auth-proxy/testing";
import { composeTokenVault, tokenVaultStore } from "@mcp-auth-proxy/token-vault";
import { composeRefresher, defaultRefresherLimits, refresherStore, type RefreshedProvider, type RefresherConfig } from "../../src/index.ts";
import { attemptDecider } from "../../src/domain/attempt.ts";
import type { AttemptState } from "../../src/domain/attempt-state.ts";
import { stateOf } from "../../src/projections/due.ts";
import type { Grant, TokenEndpoint } from "./token-endpoint.ts";

const issuer = "https://mcp.example.com";
export const resource = `${issuer}/mcp`;
export const otherResource = `${issuer}/files/mcp`;
const encryptionKey = "b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w=";

export interface Owner {
  readonly subjectId: string;
  readonly resource: string;
  readonly provider: string;
}

export const ada: Owner = { subjectId: "ada", resource, provider: "idp" };
export const bob: Owner = { subjectId: "bob", resource, provider: "idp" };

/** What a replica is made with beyond its config: for tests that kill it, or count what it does. */
export interface ReplicaOptions {
  readonly store?: EventStore;
  readonly bus?: Bus;
  readonly outbound?: ProviderOutbound;
  readonly monotonic?: () => number;
}

export interface World extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly bus: Bus;
  readonly store: EventStore;
  readonly config: RefresherConfig;
  readonly log: Log;
  readonly logLines: readonly string[];
  readonly fakeAuth: FakeAuth;
  /** Auth's and a bridge's end of the bus. */
  readonly auth: Messenger;
  startVault(): Promise<void>;
  stopVault(): Promise<void>;
  startReplica(options?: ReplicaOptions): Promise<Service>;
  connect(owner: Owner, grant: Grant): Promise<vaultV1.CredentialFacts>;
  /** Asks for a refresh as a bridge does; with `token`, that one comes along instead of a good one of the owner's. */
  refreshNow(owner: Owner, generation: number, token?: string): Promise<number>;
  /** The access token that the owner's calls carry now. */
  accessToken(owner: Owner): Promise<string>;
  status(owner: Owner): Promise<{ readonly status: vaultV1.CredentialStatus; readonly generation: number; readonly brokenBecause?: vaultV1.BreakReason } | undefined>;
  stateOf(owner: Owner): Promise<AttemptState>;
  /** Types of the events of a credential here, in order. */
  history(owner: Owner): Promise<readonly string[]>;
  /** Moves time to when the credential is due. */
  untilDue(owner: Owner): Promise<void>;
}

export const idOf = (owner: Owner): CredentialId => credentialIdOf(owner);

const memory = async (definition: Parameters<typeof openSqliteStore>[0]["definition"], clock: FakeClock): Promise<EventStore> => openSqliteStore({ definition, file: ":memory:", clock });

/** The real vault and refreshers on the in-process bus, with a token endpoint that tests control. */
export const startWorld = async (
  endpoint: Pick<TokenEndpoint, "url">,
  options: { readonly openStore?: (clock: FakeClock) => Promise<EventStore>; readonly config?: Partial<RefresherConfig>; readonly provider?: Partial<RefreshedProvider>; readonly limits?: Partial<RefresherConfig["limits"]> } = {},
): Promise<World> => {
  const clock = createFakeClock();
  const logLines: string[] = [];
  const log = createLog({ level: "debug", format: "json", destination: { write: (line) => logLines.push(line) } });
  const bus = createInProcessBus({ clock });
  const vaultStore = await memory(tokenVaultStore, clock);
  const openStore = options.openStore ?? ((): Promise<EventStore> => memory(refresherStore, clock));
  const store = await openStore(clock);
  const fakeAuth = await FakeAuth.start(bus, clock, issuer);
  const auth = createMessenger({ bus, service: "auth", log, tracer: noTracer });
  const provider = { id: "idp", tokenEndpoint: endpoint.url, clientId: "gateway", clientSecret: Secret.of("s3cret of ours"), clientAuthentication: "client_secret_basic", ...options.provider } as RefreshedProvider;
  const config: RefresherConfig = {
    providers: [provider],
    clientsOfResource: [],
    policy: { thresholdMs: 300_000, maxRetries: 3, retryDelayMs: 2_000 },
    ...options.config,
    limits: { ...defaultRefresherLimits, pollMs: 10, ...options.limits },
  };
  let vault: Service | undefined;
  const replicas: Service[] = [];

  const sealed = async (secret: string): Promise<Sealed> => {
    const [key] = (await auth.ask(vaultV1.sealingKeys, {})).keys;
    if (key === undefined) throw new Error("the vault serves no sealing key");
    return sealTo(key, Buffer.from(secret));
  };

  const stopVault = async (): Promise<void> => {
    await vault?.stop(1_000);
    vault = undefined;
  };

  const startVault = async (): Promise<void> => {
    vault = await composeTokenVault({
      store: vaultStore,
      bus,
      config: { issuer, resources: () => [resource, otherResource], refreshThresholdMs: config.policy.thresholdMs },
      keyring: Keyring.parse(encryptionKey),
      readKeyring: () => Keyring.parse(encryptionKey),
      clock,
      log,
      tracer: noTracer,
    });
    await vault.start();
  };
  await startVault();

  const world: World = {
    clock,
    bus,
    store,
    config,
    log,
    logLines,
    fakeAuth,
    auth,
    startVault,
    stopVault,
    startReplica: async (replica = {}) => {
      const service = await composeRefresher({ config, store, bus, clock, log, tracer: noTracer, ...replica });
      await service.start();
      replicas.push(service);
      return service;
    },
    connect: async (owner, { response }) => {
      const command = { commandId: randomUUID(), credentialId: idOf(owner), ...owner, askedScope: "openid", receivedAt: clock.now(), sealed: await sealed(response) };
      return (await auth.ask(vaultV1.storeCredential, command)).facts;
    },
    refreshNow: async (owner, generation, token) => {
      await fakeAuth.heartbeat();
      const sealedCallerToken = await sealed(token ?? (await fakeAuth.token(owner.resource, { subject: owner.subjectId })));
      return (await auth.ask(refresherV1.refreshNow, { credentialId: idOf(owner), generation, sealedCallerToken })).generation;
    },
    accessToken: async (owner) => {
      await fakeAuth.heartbeat();
      const reply = await createSealingKeyPair();
      const sealedCallerToken = await sealed(await fakeAuth.token(owner.resource, { subject: owner.subjectId }));
      const lease = await auth.ask(vaultV1.leaseAccessToken, { sealedCallerToken, resource: owner.resource, replyKey: reply.publicKey });
      const { accessToken } = JSON.parse((await reply.open(lease.sealed)).toString()) as vaultV1.AccessLease;
      return accessToken;
    },
    status: async (owner) => {
      const { credentials } = await auth.ask(vaultV1.credentialsOf, { subjectId: owner.subjectId });
      const found = credentials.find(({ facts }) => facts.credentialId === idOf(owner));
      return found === undefined ? undefined : { status: found.status, generation: found.facts.generation, ...(found.brokenBecause === undefined ? {} : { brokenBecause: found.brokenBecause }) };
    },
    stateOf: (owner) => stateOf(store.sql, idOf(owner)),
    history: async (owner) => {
      const stream = await store.transact((transaction) => transaction.read(attemptDecider.streamId(idOf(owner))));
      return stream.map(({ type }) => type);
    },
    untilDue: async (owner) => {
      const state = await waitFor("the plan", async () => {
        const now = await stateOf(store.sql, idOf(owner));
        return now.status === "waiting" && now.dueAt !== undefined ? now : undefined;
      });
      clock.set(Math.max(clock.now(), state.dueAt ?? 0));
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(replicas.map((replica) => replica.stop(1_000)));
      await stopVault();
      await fakeAuth.stop();
      await bus.close();
      await store.close();
      await vaultStore.close();
    },
  };
  return world;
};
