import { setTimeout as pause } from "node:timers/promises";
import type { GatewayConfig } from "@mcp-auth-proxy/config";
import { AppError, type Clock } from "@mcp-auth-proxy/contracts";
import { type EventStore, openPostgresStore, openSqliteStore, reachDatabase, type StoreDefinition } from "@mcp-auth-proxy/event-store";
import { createMemoryKv, type Kv, openRedisKv } from "@mcp-auth-proxy/kv";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { type Ciphertexts, openRedisCiphertexts } from "@mcp-auth-proxy/token-vault";
import { createCloseStack } from "./close-stack.ts";
import type { DataFiles } from "./data/data-directory.ts";
import { holdDatabase } from "./database-lease.ts";
import { StartError } from "./start-error.ts";

const reachWithinMs = 60_000;
const retryEveryMs = 1_000;

export type StoreName = "auth" | "vault" | "refresher";

/** Where the services of this process keep what they keep. */
export interface Stores {
  /** Opens a service's log and tables; closed with everything else. */
  open(name: StoreName, definition: StoreDefinition): Promise<EventStore>;
  /** Where people's tokens are, if not beside the vault's log. */
  ciphertexts(vaultStore: EventStore): Promise<Ciphertexts | undefined>;
  readonly kv: Kv;
  /** Resolves when another process has taken the database over, or could have: nothing may be served any more then. */
  readonly lost: Promise<string>;
  /** Twice is safe. */
  close(): Promise<void>;
}

export interface StoresOptions {
  readonly config: Pick<GatewayConfig, "storage">;
  readonly files: DataFiles;
  readonly clock: Clock;
  readonly log: Log;
}

const never = new Promise<never>(() => undefined);

/** What was refused is the operator's to mend, what could not be reached may be there a minute later. */
const startProblem = (cause: unknown): unknown => {
  if (!(cause instanceof AppError)) return cause;
  if (cause.code === "refused") return new StartError(2, [cause.detail], cause);
  return cause.code === "unavailable" ? new StartError(1, [cause.detail], cause) : cause;
};

const saying = <T>(opening: Promise<T>): Promise<T> =>
  opening.catch((cause: unknown) => {
    throw startProblem(cause);
  });

/** Every ten seconds at most: a minute of waiting is six lines. */
const sayWaiting = (log: Log): ((why: string, leftMs: number) => void) => {
  let saidAt = Number.NEGATIVE_INFINITY;
  return (why, leftMs) => {
    if (performance.now() - saidAt < 10_000) return;
    saidAt = performance.now();
    log.warn(`${why}: trying for another ${Math.ceil(leftMs / 1_000)} s`);
  };
};

/** Until Redis answers, for as long as the database would be waited for. */
const reachRedis = async <T>(log: Log, open: () => Promise<T>): Promise<T> => {
  const say = sayWaiting(log);
  const endAt = performance.now() + reachWithinMs;
  for (;;) {
    try {
      return await open();
    } catch (cause) {
      const leftMs = endAt - performance.now();
      const mayComeUp = cause instanceof AppError && cause.code === "unavailable" && !/WRONGPASS|NOAUTH|NOPERM/.test(cause.detail);
      if (!mayComeUp || leftMs <= 0) throw cause;
      say(cause.detail, leftMs);
      await pause(retryEveryMs);
    }
  }
};

/** Opens where state is kept, and takes the database for this process alone. Throws StartError with a sentence for a person. */
export const openStores = async ({ config: { storage }, files, clock, log }: StoresOptions): Promise<Stores> => {
  const { databaseUrl: url, redisUrl, deployment } = storage;
  const opened = createCloseStack();
  const sqliteFiles: Readonly<Record<StoreName, string>> = { auth: files.authStore, vault: files.vaultStore, refresher: files.refresherStore };
  const onConnectionLost = (reason: string): void => log.warn({ reason }, "a connection to PostgreSQL was lost");
  const keep = <T extends { close(): Promise<void> }>(it: T): T => {
    opened.add(() => it.close());
    return it;
  };
  try {
    const kv = keep(
      storage.cacheStore === "redis" && redisUrl !== undefined
        ? await reachRedis(log, () => openRedisKv({ url: redisUrl, prefix: `${deployment}:kv:`, onLost: (reason) => log.warn({ reason }, "the connection to Redis was lost") }))
        : createMemoryKv({ clock }),
    );
    if (url !== undefined) await reachDatabase({ url, limitMs: reachWithinMs, onWaiting: sayWaiting(log) });
    const lease = url === undefined ? undefined : keep(await holdDatabase({ url, schema: `${deployment}_gateway`, clock, log, onConnectionLost }));
    return {
      kv,
      lost: lease?.lost ?? never,
      open: async (name, definition) =>
        keep(
          url === undefined
            ? await openSqliteStore({ definition, file: storage.tokenStore === "memory" ? ":memory:" : sqliteFiles[name], clock })
            : await saying(openPostgresStore({ definition, url, schema: `${deployment}_${name}`, clock, onConnectionLost })),
        ),
      ciphertexts: async (store) => {
        if (storage.tokenStore !== "redis" || redisUrl === undefined) return undefined;
        return keep(await saying(reachRedis(log, () => openRedisCiphertexts({ url: redisUrl, prefix: `${deployment}:vault:`, store, log }))));
      },
      close: () => opened.close(),
    };
  } catch (cause) {
    await opened.close().catch((closing: unknown) => log.debug({ err: closing }, "closing after a failed start failed too"));
    throw startProblem(cause);
  }
};
