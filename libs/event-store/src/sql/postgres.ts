import { AppError, type Clock } from "@mcp-auth-proxy/contracts";
import { type Secret, uuidv7 } from "@mcp-auth-proxy/crypto";
import { Migrator } from "@mikro-orm/migrations";
import { MikroORM, PostgreSqlDriver } from "@mikro-orm/postgresql";
import { CompiledQuery, PostgresDialect } from "kysely";
import { checkDefinition, type StoreDefinition } from "../definition.ts";
import type { EventStore } from "../port.ts";
import { listMigrations, migrate } from "./migrations.ts";
import { errorCodeOf } from "./postgres-error.ts";
import { databasePlace } from "./postgres-place.ts";
import { createPool, type LimitedPool } from "./postgres-pool.ts";
import { postgresStatements } from "./postgres-statements.ts";
import { createSqlStore } from "./store.ts";

/** One writes at a time; the others read. */
const connections = 6;
/** Longer than the server's own limits: it says why, and silence does not. */
const answerLimitMs = 25_000;
const migrationLimitMs = 600_000;

/** A statement, a wait for a lock, and a transaction whose process went silent: each ends before who waits for it gives up. */
const limits = { statement_timeout: "10s", lock_timeout: "8s", idle_in_transaction_session_timeout: "10s" };

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** What every connection is told first. The schema is the only one it looks into. */
const greeting = (schema: string): string =>
  [
    `set search_path to ${quoted(schema)}`,
    ...Object.entries(limits).map(([name, value]) => `set ${name} to '${value}'`),
    "set default_transaction_isolation to 'read committed'",
    "set client_min_messages to 'warning'",
  ].join("; ");

export interface PostgresStoreOptions {
  readonly definition: StoreDefinition;
  /** `postgresql://…`; its query parameters are the driver's (sslmode, sslrootcert, …). */
  readonly url: Secret<string>;
  readonly schema: string;
  readonly clock: Clock;
  /** Told when a connection breaks; whoever was using it gets an error besides. */
  readonly onConnectionLost?: (message: string) => void;
}

/**
 * A service's log and tables in one schema of a PostgreSQL database (13 or newer), made where it is missing. Several processes may
 * open the same one: their transactions run one after the other.
 * Rejects with AppError `refused` when a newer version has migrated the schema, or the role may not make it; `unavailable`
 * when the server can not be reached. No error names the password.
 */
export const openPostgresStore = async (options: PostgresStoreOptions): Promise<EventStore> => {
  const { definition, url, schema, onConnectionLost } = options;
  const known = checkDefinition(definition);
  const migrationsList = listMigrations(definition, postgresStatements);
  const pool = createPool({
    url,
    name: `mcp-auth-proxy ${definition.name}`,
    max: connections,
    greeting: greeting(schema),
    answerWithinMs: migrationLimitMs,
    onLost: onConnectionLost ?? (() => undefined),
  });
  let orm: MikroORM | undefined;
  const close = async (): Promise<void> => {
    await orm?.close(true);
    await pool.end();
  };
  try {
    orm = await MikroORM.init({
      driver: PostgreSqlDriver,
      schema,
      // The migrator makes a database of this name where there is none.
      dbName: await databaseName(pool),
      driverOptions: () => new PostgresDialect({ pool }),
      entities: [],
      discovery: { warnWhenNoEntities: false },
      extensions: [Migrator],
      migrations: { migrationsList, tableName: "es_migrations", snapshot: false, silent: true, disableForeignKeys: false },
      logger: () => undefined,
      // MikroORM finds the running transaction by this name: two stores must never share one.
      contextName: `${definition.name}-${uuidv7()}`,
    });
    await makeSchema(orm, schema);
    await migrate(orm, orm.em, migrationsList, postgresStatements);
    pool.limitAnswers(answerLimitMs);
    return await createSqlStore({ em: orm.em, definition, known, dialect: postgresStatements, close });
  } catch (error) {
    await close();
    throw openingProblem(error, options);
  }
};

const openingProblem = (error: unknown, { definition, url, schema }: PostgresStoreOptions): unknown => {
  if (error instanceof AppError) return error;
  if (postgresStatements.unavailable(error)) return new AppError("unavailable", `the database of ${definition.name} can not answer`, error);
  if (errorCodeOf(error) === "42501") {
    return new AppError("refused", `the role may not make or use the schema ${schema} of ${databasePlace(url)}: it needs CREATE on the database, and to own the schema`, error);
  }
  return error;
};

const databaseName = async (pool: LimitedPool): Promise<string> => {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ readonly name: string }>("select current_database() as name", []);
    return rows[0]?.name ?? "";
  } finally {
    client.release();
  }
};

/** `if not exists` is no answer to two processes at once, so they take turns; the schema that the lock goes by is not there yet. */
const makeSchema = (orm: MikroORM, schema: string): Promise<void> =>
  orm.em.fork().transactional(async (em) => {
    const sql = em.getKysely();
    const say = (statement: string): Promise<unknown> => sql.executeQuery(CompiledQuery.raw(statement));
    await say("select pg_advisory_xact_lock(hashtextextended('mcp-auth-proxy schemas', 0))");
    const { rows } = await sql.executeQuery(CompiledQuery.raw("select 1 from pg_namespace where nspname = $1", [schema]));
    if (rows.length === 0) await say(`create schema ${quoted(schema)}`);
    await say(postgresStatements.migrationsTable);
  });
