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
import type { BridgeConfig, StdioServer } from "./config.ts";
import { inTurn } from "./every-step.ts";
import { ToolPolicy } from "./guard/policy.ts";
import { Eras } from "./registry/eras.ts";
import { ModernRelays } from "./relay/modern/relays.ts";
import { checkServers } from "./registry/servers.ts";
import { endpointOf } from "./routes/endpoint.ts";
import { SessionDirectory } from "./sessions/directory.ts";
import { startSweeper } from "./sweeper.ts";

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
  const policyOf = (server: StdioServer): ToolPolicy => {
    const policy = policies.get(server);
    if (policy === undefined) throw new AppError("internal", "a server without a policy");
    return policy;
  };
  const directory = new SessionDirectory({ supervisor, policyOf, limits, clock, log });
  const eras = new Eras({ supervisor, limits, clock, log });
  const relays = new ModernRelays({ supervisor, eras, policyOf, limits, clock, log });
  const revocations = new Revocations({
    messenger,
    clock,
    log,
    feedMs: limits.feedMs,
    denied: (denies) => {
      directory.endDenied(denies);
      relays.endDenied(denies);
    },
  });
  const caches = servers.value.map((server) => ({ server, verified: new VerifiedTokens(limits.verifiedTokens) }));
  const keys = new SigningKeys(messenger, clock, () => {
    for (const { verified } of caches) verified.forget();
  });
  const endpoints = caches.map(({ server, verified }) => ({
    endpoint: endpointOf(externalUrl, server),
    bearer: new Bearer({ expectations: { issuer: externalUrl, resource: server.resource }, keys, verified, revocations, clock, log }),
  }));

  let sweeper: { stop(): void } | undefined;
  let stopping: Promise<void> | undefined;

  const stop = async (deadlineMs: number): Promise<void> => {
    directory.drain();
    relays.drain();
    try {
      await Promise.all([directory.quiet(deadlineMs), relays.quiet(deadlineMs)]);
    } finally {
      // Whatever becomes of one of them: a process or a subscription that is left behind would keep us from ending.
      await inTurn([
        () => sweeper?.stop(),
        () => directory.endAll(),
        () => relays.endAll(),
        () => supervisor.stop(),
        () => keys.stop(),
        () => revocations.stop(),
      ]);
    }
  };

  return {
    name: "mcp-bridge",
    routes: (app) => mountBridge(app, { config, log, revocations, directory, relays, eras, policyOf, endpoints }),
    start: async () => {
      await revocations.start();
      await keys.start();
      sweeper = startSweeper({ limits, clock, directory, relays, revocations });
    },
    readiness: (): Readiness => {
      const reasons = [
        ...(keys.loaded ? [] : ["the token signing keys are not loaded"]),
        ...(revocations.fresh ? [] : ["the revocation feed is too old"]),
      ];
      const failing = supervisor.health.sentences;
      if (supervisor.health.noneStarts(servers.value)) reasons.push(...failing);
      return reasons.length === 0 ? { ready: true, warnings: failing } : { ready: false, reasons };
    },
    stop: (deadlineMs) => {
      stopping ??= stop(deadlineMs);
      return stopping;
    },
  };
};
