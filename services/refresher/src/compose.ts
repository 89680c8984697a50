import { createMessenger, type Bus, type Subscription } from "@mcp-auth-proxy/bus";
import type { Clock } from "@mcp-auth-proxy/contracts";
import { createCommandHandler, createProcessor, type EventStore } from "@mcp-auth-proxy/event-store";
import { createProviderOutbound, type ProviderOutbound, type Readiness, type Service } from "@mcp-auth-proxy/http";
import type { Log, Tracer } from "@mcp-auth-proxy/telemetry";
import { serveRefreshNow } from "./bus/refresh-now.ts";
import type { RefreshedProvider, RefresherConfig } from "./config.ts";
import { createCredentialFeed } from "./consumers/credentials.ts";
import { createVaultKey } from "./custody/vault-key.ts";
import type { RefresherParts } from "./parts.ts";
import { announceAll } from "./publish.ts";
import { startRetention } from "./retention.ts";
import { createTokenEndpoints } from "./upstream/endpoints.ts";
import { targetsOf } from "./upstream/targets.ts";
import { createBackPressure } from "./worker/back-pressure.ts";
import { createWorker } from "./worker/loop.ts";
import { createRefusedClients } from "./worker/refused-clients.ts";

export interface RefresherDependencies {
  readonly config: RefresherConfig;
  /** Opened with `refresherStore`; stays its opener's to close, as does the bus. Replicas share its database. */
  readonly store: EventStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracer: Tracer;
  /** How providers are reached; made here unless given. */
  readonly outbound?: ProviderOutbound;
  /** Milliseconds that never jump; the process's own unless given. */
  readonly monotonic?: () => number;
}

const urlOf = (provider: RefreshedProvider): string => ("tokenEndpoint" in provider ? provider.tokenEndpoint : provider.issuer);

const outboundTo = ({ providers, limits }: RefresherConfig, log: Log): ProviderOutbound =>
  // Back pressure is dealt with before; here is only room for it, and for metadata.
  createProviderOutbound({ configured: providers.map(urlOf), limits: { atOnce: limits.attemptsAtOnce + providers.length, perHost: limits.attemptsAtOnce + 1 }, log });

/**
 * Keeps people's tokens fresh: it follows the vault, asks providers before tokens expire or when their owner waits, and hands
 * what they answer back to the vault. It holds no token for longer than one attempt, but for answers sealed to the vault.
 */
export const composeRefresher = (dependencies: RefresherDependencies): Promise<Service> => {
  const { config, store, bus, clock, log, tracer, monotonic = () => performance.now() } = dependencies;
  const messenger = createMessenger({ bus, service: "refresher", log, tracer });
  const outbound = dependencies.outbound ?? outboundTo(config, log);
  const parts: RefresherParts = {
    config,
    store,
    handle: createCommandHandler({ store, clock }),
    messenger,
    clock,
    monotonic,
    log,
    outbound,
    endpoints: createTokenEndpoints({ outbound, clock }),
    targetOf: targetsOf(config),
    vaultKey: createVaultKey(messenger, monotonic),
    pressure: createBackPressure(config.limits, clock),
    refused: createRefusedClients(log),
  };
  const feed = createCredentialFeed(parts);
  const worker = createWorker(parts);
  const publisher = createProcessor({
    store,
    name: "publish",
    clock,
    handle: (events) => announceAll(messenger, events),
    onError: (error) => log.error({ err: error }, "events could not be published"),
  });
  let running: readonly Pick<Subscription, "stop">[] | undefined;

  const readiness = (): Readiness => {
    if (running === undefined) return { ready: false, reasons: ["the refresher does not run"] };
    const condition = feed.condition();
    if (condition === "unread") return { ready: false, reasons: ["the refresher has not read the vault's events yet"] };
    const behind = condition === "current" ? [] : ["the vault's events can not be read: what people connect now is refreshed later"];
    return { ready: true, warnings: [...behind, ...parts.refused.warnings()] };
  };

  return Promise.resolve({
    name: "refresher",
    start: async () => {
      publisher.start();
      await feed.follow();
      // A vault that is not there yet is no reason not to start: the feed is read again soon.
      await feed.catchUp().catch((error: unknown) => log.warn({ err: error }, "the vault's events could not be read"));
      worker.start();
      const unsubscribe = store.onCommitted(() => worker.wake());
      running = [
        serveRefreshNow(parts, feed),
        ...startRetention({ store, limits: config.limits, clock, log }),
        feed,
        { stop: () => Promise.resolve(unsubscribe()) },
        worker,
        publisher,
      ];
    },
    readiness,
    stop: async (deadlineMs) => {
      const ending = running ?? [];
      running = undefined;
      await within(deadlineMs, Promise.all(ending.map((each) => each.stop())));
    },
  });
};

/** What does not end in time is left to whoever takes it over: that is what claims and kept answers are for. */
const within = async (deadlineMs: number, work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  try {
    await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
};
