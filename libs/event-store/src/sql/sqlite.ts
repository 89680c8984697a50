import { closeSync, fchmodSync, openSync } from "node:fs";
import { AppError, type Clock } from "@mcp-auth-proxy/contracts";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import { Migrator } from "@mikro-orm/migrations";
import { MikroORM, SqliteDriver } from "@mikro-orm/sql";
import { CompiledQuery } from "kysely";
import { checkDefinition, type StoreDefinition } from "../definition.ts";
import type { EventStore } from "../port.ts";
import { SelfRollingSqliteDialect } from "./sqlite-dialect.ts";
import { listMigrations, migrate } from "./migrations.ts";
import { sqliteStatements } from "./sqlite-statements.ts";
import { createSqlStore } from "./store.ts";

const isMemory = (file: string): boolean => file === ":memory:";

/** Before SQLite makes it with the umask's rights: its -wal and -shm files copy the mode of this one. */
const createPrivately = (file: string): void => {
  const handle = openSync(file, "a", 0o600);
  try {
    fchmodSync(handle, 0o600);
  } finally {
    closeSync(handle);
  }
};

/**
 * FULL: an acknowledged append survives a power cut. recursive_triggers: else `insert or replace` would delete an
 * event past the trigger. secure_delete: a deleted custody row is overwritten, not only forgotten.
 */
const pragmas = (file: string): readonly (readonly [statement: string, answer: number | string])[] => [
  ["busy_timeout = 5000", 5_000],
  ["journal_mode = WAL", isMemory(file) ? "memory" : "wal"],
  ["synchronous = FULL", 2],
  ["foreign_keys = ON", 1],
  ["recursive_triggers = ON", 1],
  ["secure_delete = ON", 1],
];

const setPragmas = async (orm: MikroORM<SqliteDriver>, file: string): Promise<void> => {
  const sql = orm.em.fork().getKysely();
  for (const [statement, wanted] of pragmas(file)) {
    await sql.executeQuery(CompiledQuery.raw(`pragma ${statement}`));
    const read = await sql.executeQuery(CompiledQuery.raw(`pragma ${statement.split(" ")[0] ?? ""}`));
    const got: unknown = Object.values(read.rows[0] ?? {})[0];
    if (got !== wanted) throw new AppError("unavailable", `SQLite answered ${String(got)} to "pragma ${statement}" on ${file}`);
  }
};

/**
 * A service's log and tables in one SQLite file of mode 0600 (or `:memory:`), through one connection on which
 * transactions and reads wait for one another. The caller sees to it that no other process opens the file.
 * Integers beyond 2^53 do not fit the driver: keep those as text.
 * Rejects with AppError `refused` when a newer version has migrated the file, `unavailable` when it can not be opened.
 */
export const openSqliteStore = async (options: {
  readonly definition: StoreDefinition;
  /** A path, or `:memory:`. */
  readonly file: string;
  readonly clock: Clock;
}): Promise<EventStore> => {
  const { definition, file, clock } = options;
  const dialect = sqliteStatements(clock);
  const known = checkDefinition(definition);
  if (!isMemory(file)) createPrivately(file);
  const migrationsList = listMigrations(definition, dialect);
  const orm = await MikroORM.init({
    driver: SqliteDriver,
    dbName: file,
    driverOptions: new SelfRollingSqliteDialect(file),
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    migrations: { migrationsList, tableName: "es_migrations", snapshot: false, silent: true, disableForeignKeys: false },
    // MikroORM finds the running transaction by this name: two stores must never share one.
    contextName: `${definition.name}-${uuidv7()}`,
  });
  try {
    await setPragmas(orm, file);
    await migrate(orm, orm.em, migrationsList, dialect);
    return await createSqlStore({ em: orm.em, definition, known, dialect, close: () => orm.close(true) });
  } catch (error) {
    await orm.close(true);
    throw error;
  }
};
