import { AppError } from "@mcp-auth-proxy/contracts";
import type { SqlEntityManager } from "@mikro-orm/sql";
import { CompiledQuery, type Kysely } from "kysely";
import { ConcurrencyError } from "../concurrency-error.ts";
import type { KnownEvents, StoreDefinition } from "../definition.ts";
import type { EventStore, Transaction } from "../port.ts";
import { appendEvents } from "./append.ts";
import type { StoreDialect } from "./dialect.ts";
import { readEventRow } from "./event-row.ts";
import { readHead, readPage } from "./feed.ts";
import { rowsOfStream } from "./log-rows.ts";
import { readOnlyFence } from "./read-only-fence.ts";
import { rebuildReadModels } from "./rebuild.ts";
import { readSnapshot, writeSnapshot } from "./snapshots.ts";
import type { LogTables } from "./tables.ts";
import { createTransactionScope } from "./transaction-scope.ts";
import { createTurns } from "./turns.ts";

const readLogEpoch = async (sql: Kysely<LogTables>): Promise<number> => {
  const row = await sql.selectFrom("es_meta").select("value").where("key", "=", "log_epoch").executeTakeFirst();
  const epoch = Number(row?.value);
  if (!Number.isSafeInteger(epoch) || epoch < 1) throw new AppError("refused", "es_meta holds no usable log_epoch");
  return epoch;
};

const readStream = async (sql: Kysely<LogTables>, streamId: string, fromVersion: number, known: KnownEvents) => {
  const rows = await rowsOfStream(sql, streamId, fromVersion);
  return rows.map((row) => readEventRow(row, known));
};

/** The store over any database that MikroORM and Kysely speak; what differs comes in `dialect`. */
export const createSqlStore = async (options: {
  readonly em: SqlEntityManager;
  readonly definition: StoreDefinition;
  readonly known: KnownEvents;
  readonly dialect: StoreDialect;
  readonly close: () => Promise<void>;
}): Promise<EventStore> => {
  const { em, definition, known, dialect } = options;
  const scope = createTransactionScope(definition.name);
  const turns = createTurns();
  const committed: Kysely<LogTables> = em.getKysely<LogTables>();
  const logEpoch = await readLogEpoch(committed);
  const listeners = new Set<() => void>();
  const running = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closing !== undefined) throw new AppError("unavailable", `the store of ${definition.name} is closed`);
    scope.checkOutside();
    const asked = work();
    running.add(asked);
    try {
      return await asked;
    } catch (error) {
      if (dialect.conflict(error)) throw new ConcurrencyError(`the database of ${definition.name} took the transaction back because of another`, error);
      if (dialect.unavailable(error)) throw new AppError("unavailable", `the database of ${definition.name} can not answer`, error);
      throw error;
    } finally {
      running.delete(asked);
    }
  };

  /** What has begun is let finish: closing under it would look like a crash to whoever waits. */
  const close = async (): Promise<void> => {
    await Promise.allSettled(running);
    await options.close();
  };

  const announce = (): void => {
    // A listener's mistake must not look like a commit that failed: the command would be run again.
    for (const listener of listeners) queueMicrotask(listener);
  };

  const say = async (sql: Kysely<LogTables>, statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await sql.executeQuery(CompiledQuery.raw(statement));
  };

  /** `work` between what the dialect says first and last. */
  const inTransaction = <T>(work: (sql: Kysely<LogTables>) => Promise<T>): Promise<T> =>
    turns.take(() =>
      em.fork().transactional(async (inner) => {
        const sql = inner.getKysely<LogTables>();
        await say(sql, dialect.takeTurn);
        const result = await scope.run(() => work(sql));
        await say(sql, dialect.beforeCommit);
        return result;
      }),
    );

  const transact = <T>(work: (transaction: Transaction) => Promise<T>): Promise<T> =>
    ask(async () => {
      let appended = false;
      const result = await inTransaction((sql) =>
        work({
          sql,
          databaseTime: () => dialect.databaseTime(sql),
          read: (streamId, fromVersion = 1) => readStream(sql, streamId, fromVersion, known),
          readSnapshot: (streamId) => readSnapshot(sql, streamId),
          writeSnapshot: (streamId, snapshot) => writeSnapshot(sql, streamId, snapshot),
          append: async (streamId, expectedVersion, events, context) => {
            const stored = await appendEvents({ sql, definition, known, logEpoch }, streamId, expectedVersion, events, context);
            appended ||= stored.length > 0;
            return stored;
          },
        }),
      );
      if (appended) announce();
      return result;
    });

  return {
    logEpoch,
    shared: dialect.shared,
    get sql() {
      scope.checkOutside();
      return committed.withPlugin(readOnlyFence);
    },
    transact,
    readFeed: (after, limit) => ask(() => readPage(committed, known, logEpoch, after, limit)),
    head: () => ask(() => readHead(committed, logEpoch)),
    onCommitted: (listener) => {
      const call = (): void => listener();
      listeners.add(call);
      return () => listeners.delete(call);
    },
    rebuild: () => transact((transaction) => rebuildReadModels(transaction.sql, definition, known)),
    close: () => (closing ??= close()),
  };
};
