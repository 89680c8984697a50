import { Revocations, SigningKeys } from "@mcp-auth-proxy/access-token";
import { type Bus, createMessenger } from "@mcp-auth-proxy/bus";
import { AppError, type Clock, err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { Readiness, Service } from "@mcp-auth-proxy/http";
import type { Kv } from "@mcp-auth-proxy/kv";
import type { Log, Tracer } from "@mcp-auth-proxy/telemetry";
import { mountBridge } from "./app.ts";
import { Bearer } from "./auth/bearer.ts";
import { VerifiedTokens } from "./auth/verified-tokens.ts";
import { Supervisor } from "./children/supervisor.ts";
import type { BridgeConfig, McpServer } from "./config.ts";
import { inTurn, together } from "./every-step.ts";
import { ToolPolicy } from "./guard/policy.ts";
import { Accounts } from "./inject/accounts.ts";
import { Identities } from "./inject/identities.ts";
import { removeLeftCredentialFiles } from "./inject/credential-file.ts";
import { Eras } from "./registry/eras.ts";
import { ModernRelays } from "./relay/modern/relays.ts";
import { type ServedServer, ServerRegistry } from "./registry/server-registry.ts";
import { type BadServers, checkServers } from "./registry/servers.ts";
import type { LateServers } from "./routes/late-servers.ts";
import { SessionDirectory } from "./sessions/directory.ts";
import { startSweeper } from "./sweeper.ts";
import { HttpRelays } from "./upstream-http/http-relays.ts";

export interface McpBridgeDependencies {
  readonly config: BridgeConfig;
  readonly bus: Bus;
  /** Shared by the replicas of the bridge; one process alone keeps everything in memory. */
  readonly kv: Kv;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracer: Tracer;
}

/** The bridge can be given other servers while it runs. */
export interface BridgeService extends Service {
  /**
   * From now on there are these servers. One that is the same object as before goes on as it is; the sessions, streams
   * and processes of any other end, and its path is another server's or not found. One call at a time, once the routes
   * are mounted. With an error nothing has changed.
   */
  replaceServers(servers: readonly McpServer[]): Promise<Result<void, BadServers>>;
}

/** Puts the bridge together. Rejects when its configuration can not be served. */
export const composeMcpBridge = async ({ config, bus, clock, log, tracer }: McpBridgeDependencies): Promise<BridgeService> => {
  const servers = checkServers(config);
  if (!servers.ok) throw new AppError("bad_request", servers.error);
  const { limits, childUser, externalUrl } = config;

  const messenger = createMessenger({ bus, service: "bridge", log, tracer });
  const supervisor = new Supervisor({ limits, childUser, clock, log });
  const registry: ServerRegistry = new ServerRegistry((server) => {
    const verified = new VerifiedTokens(limits.verifiedTokens);
    return {
      server,
      policy: new ToolPolicy(server.tools ?? {}, log.child({ server: server.name }), limits),
      verified,
      bearer: new Bearer({ expectations: { issuer: externalUrl, resources: [server.resource] }, keys, verified, revocations, clock, log }),
    };
  });
  const policyOf = (server: McpServer): ToolPolicy => registry.policyOf(server);
  const directory = new SessionDirectory({ supervisor, policyOf, limits, clock, log });
  const eras = new Eras({ supervisor, limits, clock, log });
  const relays = new ModernRelays({ supervisor, eras, policyOf, limits, clock, log });
  const httpRelays = new HttpRelays({ limits, clock, log });
  const accounts = new Accounts({
    messenger,
    clock,
    log,
    limits,
    ended: (credential) => {
      directory.endCredential(credential);
      relays.endCredential(credential);
      httpRelays.endCredential(credential);
    },
  });
  const identities = new Identities({ messenger, clock, identities: limits.leases });
  const revocations = new Revocations({
    messenger,
    clock,
    log,
    feedMs: limits.feedMs,
    denied: (denies) => {
      directory.endDenied(denies);
      relays.endDenied(denies);
      httpRelays.endDenied(denies);
      accounts.endDenied(denies);
      identities.endDenied(denies);
    },
  });
  const keys = new SigningKeys(messenger, clock, () => {
    for (const { verified } of registry.all) verified.forget();
  });
  const serve = (servers: readonly ServedServer[]): readonly McpServer[] => {
    for (const { server } of servers) if (server.kind === "http") httpRelays.add(server);
    return registry.replace(servers);
  };
  const end = (server: McpServer): Promise<void> => {
    if (server.kind === "http") return httpRelays.endServer(server);
    eras.doubt(server);
    supervisor.health.forget(server);
    return together([directory.endServer(server), relays.endServer(server)]);
  };
  serve(registry.prepare(servers.value));

  let late: LateServers | undefined;
  let sweeper: { stop(): void } | undefined;
  let stopping: Promise<void> | undefined;

  const stop = async (deadlineMs: number): Promise<void> => {
    directory.drain();
    relays.drain();
    httpRelays.drain();
    try {
      await Promise.all([directory.quiet(deadlineMs), relays.quiet(deadlineMs), httpRelays.quiet(deadlineMs)]);
    } finally {
      // Whatever becomes of one of them: a process or a subscription that is left behind would keep us from ending.
      await inTurn([
        () => sweeper?.stop(),
        () => directory.endAll(),
        () => relays.endAll(),
        () => httpRelays.endAll(),
        () => supervisor.stop(),
        () => accounts.stop(),
        () => keys.stop(),
        () => revocations.stop(),
      ]);
    }
  };

  return {
    name: "mcp-bridge",
    routes: async (app) => {
      late = await mountBridge(app, { config, log, clock, revocations, directory, relays, httpRelays, accounts, identities, eras, policyOf, served: registry.all });
    },
    replaceServers: async (next) => {
      const checked = checkServers({ ...config, servers: next });
      if (!checked.ok) return checked;
      if (late === undefined || stopping !== undefined) return err("the gateway does not run");
      const served = registry.prepare(checked.value);
      await late.prepare(served);
      const gone = serve(served);
      const closed = late.open(served);
      await together([closed, ...gone.map(end)]);
      return ok(undefined);
    },
    start: async () => {
      await revocations.start();
      await keys.start();
      accounts.start();
      // A gateway that was killed could not take away what its children were given.
      if (servers.value.some(({ inject }) => inject?.kind === "file")) removeLeftCredentialFiles([process.getuid?.(), childUser?.uid].filter((uid) => uid !== undefined));
      sweeper = startSweeper({ limits, clock, directory, relays, httpRelays, revocations });
    },
    readiness: (): Readiness => {
      const reasons = [
        ...(keys.loaded ? [] : ["the token signing keys are not loaded"]),
        ...(revocations.fresh ? [] : ["the revocation feed is too old"]),
      ];
      const failing = [...supervisor.health.sentences, ...httpRelays.reachability.sentences];
      const all = registry.all.map(({ server }) => server);
      const stdio = all.filter((server) => server.kind !== "http");
      if (stdio.length === all.length && supervisor.health.noneStarts(stdio)) reasons.push(...failing);
      return reasons.length === 0 ? { ready: true, warnings: failing } : { ready: false, reasons };
    },
    stop: (deadlineMs) => {
      stopping ??= stop(deadlineMs);
      return stopping;
    },
  };
};
