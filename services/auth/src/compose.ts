import { createMessenger, type Bus, type Subscription } from "@mcp-auth-proxy/bus";
import { AppError, ok, type Clock } from "@mcp-auth-proxy/contracts";
import { createCommandHandler, createProcessor, type EventStore } from "@mcp-auth-proxy/event-store";
import { createOutbound, createProviderOutbound, outboundLimits, type Outbound, type Service } from "@mcp-auth-proxy/http";
import type { Kv } from "@mcp-auth-proxy/kv";
import type { Log, Tracer } from "@mcp-auth-proxy/telemetry";
import { mountAuth } from "./app.ts";
import { serveAudit, tellHead } from "./bus/audit.ts";
import { serveCommands } from "./bus/commands.ts";
import { serveFeed } from "./bus/feed.ts";
import { shredUnlinked } from "./bus/shred-unlinked.ts";
import { serveIdentity } from "./bus/identity.ts";
import { serveUsers } from "./bus/users.ts";
import { heartbeatMs, sendHeartbeat } from "./bus/heartbeat.ts";
import { createClientDocuments } from "./clients/client-documents.ts";
import { createKeySets } from "./clients/key-sets.ts";
import { createStrangerKeySets } from "./clients/stranger-key-sets.ts";
import { createAuditTrail, type AuditTrail } from "./audit/trail.ts";
import type { AuthConfig } from "./config.ts";
import { createAuthSecrets } from "./custody/auth-secrets.ts";
import { openAuthKeys } from "./custody/keys.ts";
import { passwordCheck, type PasswordCheck } from "./custody/owner-password.ts";
import { createSigningKeys } from "./custody/signing-keys.ts";
import type { AuthParts } from "./parts.ts";
import { announceAll } from "./publish.ts";
import { repeatEvery, type Repeating } from "./repeating.ts";
import { startRetention } from "./retention.ts";
import { createTurns } from "./sign-in/turns.ts";
import { configuredAddresses, createUpstreamClients } from "./upstream/upstream-clients.ts";

export interface AuthDependencies {
  readonly config: AuthConfig;
  /** Opened with `authStore`; stays its opener's to close, as do bus and kv. */
  readonly store: EventStore;
  readonly bus: Bus;
  readonly kv: Kv;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracer: Tracer;
  /** How documents and key sets of others are fetched; made here unless given. */
  readonly outbound?: Outbound;
}

/** Where we are on loopback ourselves, what we fetch may be, too (A4.4). */
const isOnLoopback = (issuer: string): boolean => ["localhost", "127.0.0.1", "[::1]"].includes(new URL(issuer).hostname);

/** One sign-in asks a provider several things, and several people may sign in at once. */
const providerLimits = { atOnce: 64, perHost: 32 } as const;

/** The authorization server. `start` needs the token vault to be answering: it opens auth's keys. */
export const composeAuth = async (dependencies: AuthDependencies): Promise<Service> => {
  const { config, store, bus, kv, clock, log, tracer } = dependencies;
  // Where nobody has a password, none is right.
  const checkPassword = config.password === undefined ? ok<PasswordCheck>(async () => false) : passwordCheck(config.password);
  if (!checkPassword.ok) throw new AppError("bad_request", `the password hash can not be used: ${checkPassword.error}`);
  const messenger = createMessenger({ bus, service: "auth", log, tracer });
  let audit: AuditTrail | undefined;
  const handle = createCommandHandler({
    store,
    clock,
    onAppended: async (events, sql) => {
      if (audit === undefined) throw new AppError("unavailable", "the audit trail is not open");
      await audit.recordEvents(events, sql);
    },
  });
  const secrets = createAuthSecrets({ messenger, store, clock });
  const signingKeys = createSigningKeys({ secrets, store, handle, clock });
  const allowLoopback = isOnLoopback(config.issuer);
  const outbound = dependencies.outbound ?? createOutbound({ allowLoopback, limits: outboundLimits, log });
  // As many as the configuration names, in all and at one host. With fewer, anybody could have some of them refused for want of room.
  const most = config.clients.length + config.idJagIssuers.length;
  const configuredOutbound = dependencies.outbound ?? createOutbound({ allowLoopback, limits: { atOnce: most, perHost: most }, log });
  const configuredKeySets = createKeySets({ outbound: configuredOutbound, clock, bounds: { sets: most, underWay: most } });
  const redirectPolicy = { schemes: config.clientRedirectSchemes, issuer: config.issuer };
  const { passwordChecksAtOnce: atOnce, passwordChecksWaiting: waiting } = config.limits;
  const passwordTurns = createTurns({ atOnce, waiting });
  const told = (message: string) => (error: unknown) => log.error({ err: error }, message);
  const publisher = createProcessor({
    store,
    name: "publish",
    clock,
    handle: (events) => announceAll(messenger, events),
    onError: told("events could not be published"),
  });
  const forgetter = createProcessor({
    store,
    name: "shred-unlinked",
    clock,
    handle: (events) => shredUnlinked(messenger, handle, events),
    onError: told("what was kept for a connection that has ended is not forgotten yet"),
  });
  const providers = createProviderOutbound({ configured: configuredAddresses(config.providers), limits: providerLimits, log });
  const upstream = createUpstreamClients({ policy: config, outbound: providers, clock });
  let parts: AuthParts | undefined;
  let running: readonly (Subscription | Repeating)[] = [];

  const started = (): AuthParts => {
    if (parts === undefined) throw new AppError("unavailable", "auth is not started");
    return parts;
  };

  return {
    name: "auth",
    start: async () => {
      const keys = await openAuthKeys(secrets);
      audit = createAuditTrail({ store, key: keys.auditKey });
      tellHead(log, await audit.open(clock.now()));
      await signingKeys.load();
      const documents = config.clientIdMetadata ? { documents: createClientDocuments({ outbound, redirectPolicy, keys, kv, clock, log }) } : {};
      const strangerKeySets = createStrangerKeySets({ outbound, keys, kv, clock, log });
      const keySets = { configuredKeySets, strangerKeySets };
      parts = { config, store, handle, kv, clock, log, keys, messenger, upstream, audit, signingKeys, ...keySets, ...documents, checkPassword: checkPassword.value, passwordTurns };
      publisher.start();
      forgetter.start();
      running = [
        ...serveFeed(messenger, parts),
        ...serveCommands(messenger, parts),
        ...serveUsers(messenger, parts),
        ...serveIdentity(messenger, parts),
        ...serveAudit(messenger, parts),
        repeatEvery(heartbeatMs, () => sendHeartbeat(messenger, store, clock), told("a heartbeat was not sent")),
        ...startRetention({ store, limits: config.limits, clock, log }),
      ];
      await sendHeartbeat(messenger, store, clock);
    },
    routes: (app) => mountAuth(app, started()),
    readiness: () => (parts === undefined ? { ready: false, reasons: ["auth has not opened its keys"] } : { ready: true }),
    stop: async () => {
      const ending = running;
      running = [];
      parts = undefined;
      await Promise.all(ending.map((each) => each.stop()));
      await publisher.stop();
      await forgetter.stop();
    },
  };
};
