import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "@mcp-auth-proxy/contracts";
import { type Secret, uuidv7 } from "@mcp-auth-proxy/crypto";
import { type Lease, type LeaseHolder, openPostgresStore, type StoreDefinition, takeLease } from "@mcp-auth-proxy/event-store";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { StartError } from "./start-error.ts";

/** Long enough for a database that restarts; a start after a crash waits for the rest of it. */
const ttlMs = 15_000;
const renewEveryMs = 3_000;
/** What a renewal may have cost before this process stops: well before another one could begin. */
const stopBeforeEndMs = 4_000;
const lookEveryMs = 500;

/** Nothing but the lease: it is taken before a newer version changes any table of the services. */
const gatewayStore: StoreDefinition = { name: "gateway", migrations: [], projections: [], deciders: [] };

/** The right of this process to be the only one that works on the database's schemas. */
export interface DatabaseLease {
  /** Resolves, with the reason, when it is lost or can not be renewed in time. Never by `close`. */
  readonly lost: Promise<string>;
  /** Gives it back, so that the next start need not wait. */
  close(): Promise<void>;
}

const inUse = ({ holder }: LeaseHolder, schema: string): StartError =>
  new StartError(2, [
    `another gateway (${holder}) works on the schemas of this deployment (${schema}): stop it first. Several gateways may share a database with different EXTERNAL_URLs, or with different DATABASE_SCHEMAs`,
  ]);

/**
 * Takes the lease. One that somebody else has is watched: a holder that renews it lives, and the start is refused; one that
 * does not is gone, and its lease runs out.
 */
const take = async (ask: () => ReturnType<typeof takeLease>, schema: string, log: Log): Promise<Lease> => {
  let first: LeaseHolder | undefined;
  for (;;) {
    const outcome = await ask();
    if (outcome.taken) return outcome.lease;
    const { by } = outcome;
    if (first !== undefined && (by.heldUntil !== first.heldUntil || by.holder !== first.holder)) throw inUse(by, schema);
    if (first === undefined) log.info(`another gateway (${by.holder}) worked on this database a moment ago: waiting up to ${Math.ceil(by.leftMs / 1_000)} s to see whether it still does`);
    first ??= by;
    await pause(lookEveryMs);
  }
};

export const holdDatabase = async (options: {
  readonly url: Secret<string>;
  readonly schema: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onConnectionLost: (reason: string) => void;
}): Promise<DatabaseLease> => {
  const { url, schema, clock, log, onConnectionLost } = options;
  const store = await openPostgresStore({ definition: gatewayStore, url, schema, clock, onConnectionLost });
  const ask = () => takeLease({ store, name: "gateway", holder: `${hostname()}, process ${process.pid}, ${uuidv7()}`, ttlMs });
  const lease = await take(ask, schema, log).catch(async (cause: unknown) => {
    await store.close();
    throw cause;
  });
  const stopping = new AbortController();
  const { promise: lost, resolve: lose } = Promise.withResolvers<string>();
  // This process's own stopwatch, begun before each renewal is asked for: it runs out before the database's clock does.
  let safeUntil = performance.now() + ttlMs - stopBeforeEndMs;

  const renew = async (): Promise<void> => {
    const askedAt = performance.now();
    try {
      if (await lease.renew()) safeUntil = askedAt + ttlMs - stopBeforeEndMs;
      else lose("another gateway has taken the database over");
    } catch (cause) {
      log.warn({ err: cause }, "the lease on the database could not be renewed");
    }
  };

  const keepRenewing = async (): Promise<void> => {
    for (; !stopping.signal.aborted; await pause(renewEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined)) await renew();
  };

  // On its own, because a renewal may hang for longer than the lease lasts.
  const watch = setInterval(() => {
    if (performance.now() >= safeUntil) lose("the database has not answered, and another gateway may take it over");
  }, lookEveryMs);
  watch.unref();
  const renewing = keepRenewing();
  let closing: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    stopping.abort();
    clearInterval(watch);
    await renewing;
    try {
      await lease.release();
    } catch (cause) {
      log.debug({ err: cause }, "the lease on the database was not given back: it runs out");
    } finally {
      await store.close();
    }
  };
  return { lost, close: () => (closing ??= close()) };
};
