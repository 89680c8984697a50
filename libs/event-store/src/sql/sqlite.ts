import { closeSync, fchmodSync, openSync } from "node:fs";
import { AppError, type Clock } from "@mcp-auth-proxy/contracts";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import { Migrator } from "@mikro-orm/migrations";
import { MikroORM, SqliteDriver } from "@mikro-orm/sql";
import { CompiledQuery } from "kysely";
import { checkDefinition, type StoreDefinition } from "../definition.ts";
import type { EventStore } from "../port.ts";
import type { StoreDialect } from "./dialect.ts";
import { SelfRollingSqliteDialect } from "./sqlite-dialect.ts";
import { listMigrations, migrate } from "./migrations.ts";
import { createSqlStore } from "./store.ts";

const appendOnly = (table: string, change: "update" | "delete"): string =>
  `create trigger ${table}_no_${change} before ${change} on ${table} begin select raise(abort, '${table} is append-only'); end`;

/**
 * (stream_id, stream_version) is the key that commands race for. `position` is the row id here, because only that
 * can count by itself in SQLite, and with `autoincrement` it never gives a number twice.
 */
const logMigration = {
  name: "event-store-001-log",
  up: [
    `create table es_events (
      position integer primary key autoincrement,
      log_epoch integer not null,
      event_id text not null unique,
      stream_id text not null,
      stream_version integer not null check (stream_version >= 1),
      type text not null,
      schema integer not null,
      at integer not null,
      data text not null check (json_valid(data)),
      meta text not null check (json_valid(meta)),
      unique (stream_id, stream_version)
    )`,
    appendOnly("es_events", "update"),
    appendOnly("es_events", "delete"),
    `create table es_commands (
      command_id text not null primary key,
      name text not null,
      outcome text,
      at integer not null,
      expires_at integer not null
    )`,
    "create index es_commands_expires_at on es_commands (expires_at)",
    `create table es_checkpoints (
      name text not null primary key,
      log_epoch integer not null,
      position integer not null,
      at integer not null
    )`,
    "create table es_meta (key text not null primary key, value text not null)",
    "insert into es_meta (key, value) values ('log_epoch', '1')",
  ],
} as const;

/** Each is about one stream and is replaced by the next; nothing but speed is lost with them. */
const snapshotsMigration = {
  name: "event-store-002-snapshots",
  up: [
    `create table es_snapshots (
      stream_id text not null primary key,
      stream_version integer not null,
      event_id text not null,
      decider text not null,
      state text not null,
      checksum text not null
    )`,
  ],
} as const;

const eventColumns = ["position", "log_epoch", "event_id", "stream_id", "stream_version", "type", "schema", "at", "data", "meta"];
const sameRow = (left: string, right: string): string => eventColumns.map((column) => `${left}.${column} = ${right}.${column}`).join(" and ");

/**
 * The triggers let a row go from one table to the other, and nowhere else: into the archive only what is in the log,
 * and out of the log only what is in the archive.
 */
const archiveMigration = {
  name: "event-store-003-archive",
  up: [
    `create table es_archive (
      position integer not null primary key,
      log_epoch integer not null,
      event_id text not null unique,
      stream_id text not null,
      stream_version integer not null,
      type text not null,
      schema integer not null,
      at integer not null,
      data text not null,
      meta text not null,
      unique (stream_id, stream_version)
    )`,
    appendOnly("es_archive", "update"),
    appendOnly("es_archive", "delete"),
    `create trigger es_archive_from_log before insert on es_archive
      when not exists (select 1 from es_events e where ${sameRow("e", "new")})
      begin select raise(abort, 'es_archive takes events of the log only'); end`,
    "drop trigger es_events_no_delete",
    `create trigger es_events_no_delete before delete on es_events
      when not exists (select 1 from es_archive a where ${sameRow("a", "old")})
      begin select raise(abort, 'es_events is append-only'); end`,
  ],
} as const;

/** BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN (sqlite.org/rescode.html, primary codes). */
const unavailableCodes: ReadonlySet<number> = new Set([5, 6, 7, 8, 10, 11, 13, 14]);

const dialect: StoreDialect = {
  appendOnly: (table) => [appendOnly(table, "update"), appendOnly(table, "delete")],
  logMigrations: [logMigration, snapshotsMigration, archiveMigration],
  migrationsTable:
    "create table if not exists es_migrations (id integer not null primary key autoincrement, name text not null, executed_at datetime not null default current_timestamp)",
  // A write takes the lock when it starts, even one that finds no row; reading first would take a snapshot that can go stale.
  migrationLock: "delete from es_migrations where 1 = 0",
  unavailable: (error) =>
    error instanceof Error &&
    "errcode" in error &&
    typeof error.errcode === "number" &&
    unavailableCodes.has(error.errcode & 0xff),
};

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
  const { definition, file } = options;
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
