import { type Bus, createMessenger } from "@mcp-auth-proxy/bus";
import { AppError, type Clock } from "@mcp-auth-proxy/contracts";
import type { Readiness, Service } from "@mcp-auth-proxy/http";
import type { Kv } from "@mcp-auth-proxy/kv";
import type { Log, Tracer } from "@mcp-auth-proxy/telemetry";
import { mountBridge } from "./app.ts";
import { Bearer } from "./auth/bearer.ts";
import { Revocations } from "./auth/revocations.ts";
import { SigningKeys } from "./auth/signing-keys.ts";
import { VerifiedTokens } from "./auth/verified-tokens.ts";
import { Supervisor } from "./children/supervisor.ts";
import type { BridgeConfig, HttpServer, McpServer, StdioServer } from "./config.ts";
import { inTurn } from "./every-step.ts";
import { ToolPolicy } from "./guard/policy.ts";
import { Accounts } from "./inject/accounts.ts";
import { Identities } from "./inject/identities.ts";
import { removeLeftCredentialFiles } from "./inject/credential-file.ts";
import { Eras } from "./registry/eras.ts";
import { ModernRelays } from "./relay/modern/relays.ts";
import { checkServers } from "./registry/servers.ts";
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

/** Puts the bridge together. Rejects when its configuration can not be served. */
export const composeMcpBridge = async ({ config, bus, clock, log, tracer }: McpBridgeDependencies): Promise<Service> => {
  const servers = checkServers(config);
  if (!servers.ok) throw new AppError("bad_request", servers.error);
  const { limits, childUser, externalUrl } = config;

  const messenger = createMessenger({ bus, service: "bridge", log, tracer });
  const supervisor = new Supervisor({ limits, childUser, clock, log });
  const policies = new Map(servers.value.map((server) => [server, new ToolPolicy(server.tools ?? {}, log.child({ server: server.name }), limits)]));
  const policyOf = (server: McpServer): ToolPolicy => {
    const policy = policies.get(server);
    if (policy === undefined) throw new AppError("internal", "a server without a policy");
    return policy;
  };
  const stdio = servers.value.filter((server): server is StdioServer => server.kind !== "http");
  const directory = new SessionDirectory({ supervisor, policyOf, limits, clock, log });
  const eras = new Eras({ supervisor, limits, clock, log });
  const relays = new ModernRelays({ supervisor, eras, policyOf, limits, clock, log });
  const httpRelays = new HttpRelays({ servers: servers.value.filter((server): server is HttpServer => server.kind === "http"), limits, clock, log });
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
  const caches = servers.value.map((server) => ({ server, verified: new VerifiedTokens(limits.verifiedTokens) }));
  const keys = new SigningKeys(messenger, clock, () => {
    for (const { verified } of caches) verified.forget();
  });
  const endpoints = caches.map(({ server, verified }) => ({
    server,
    bearer: new Bearer({ expectations: { issuer: externalUrl, resource: server.resource }, keys, verified, revocations, clock, log }),
  }));

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
    routes: (app) => mountBridge(app, { config, log, clock, revocations, directory, relays, httpRelays, accounts, identities, eras, policyOf, endpoints }),
    start: async () => {
      await revocations.start();
      await keys.start();
      accounts.start();
      // A gateway that was killed could not take away what its children were given.
      if (stdio.some(({ inject }) => inject?.kind === "file")) removeLeftCredentialFiles([process.getuid?.(), childUser?.uid].filter((uid) => uid !== undefined));
      sweeper = startSweeper({ limits, clock, directory, relays, httpRelays, revocations });
    },
    readiness: (): Readiness => {
      const reasons = [
        ...(keys.loaded ? [] : ["the token signing keys are not loaded"]),
        ...(revocations.fresh ? [] : ["the revocation feed is too old"]),
      ];
      const failing = [...supervisor.health.sentences, ...httpRelays.reachability.sentences];
      if (stdio.length === servers.value.length && supervisor.health.noneStarts(stdio)) reasons.push(...failing);
      return reasons.length === 0 ? { ready: true, warnings: failing } : { ready: false, reasons };
    },
    stop: (deadlineMs) => {
      stopping ??= stop(deadlineMs);
      return stopping;
    },
  };
};
