import type { Clock } from "@mcp-auth-proxy/contracts";
import type { StoreDialect } from "./dialect.ts";

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

/** Who works on what for now, where several processes could: see lease.ts. */
const leasesMigration = {
  name: "event-store-004-leases",
  up: [
    `create table es_leases (
      name text not null primary key,
      holder text not null,
      epoch integer not null,
      held_until integer not null
    )`,
  ],
} as const;

/** BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN (sqlite.org/rescode.html, primary codes). */
const unavailableCodes: ReadonlySet<number> = new Set([5, 6, 7, 8, 10, 11, 13, 14]);

/** What SQLite says differently. */
export const sqliteStatements = (clock: Clock): StoreDialect => ({
  appendOnly: (table) => [appendOnly(table, "update"), appendOnly(table, "delete")],
  logMigrations: [logMigration, snapshotsMigration, archiveMigration, leasesMigration],
  migrationsTable:
    "create table if not exists es_migrations (id integer not null primary key autoincrement, name text not null, executed_at datetime not null default current_timestamp)",
  // A write takes the lock when it starts, even one that finds no row; reading first would take a snapshot that can go stale.
  migrationLock: "delete from es_migrations where 1 = 0",
  shared: false,
  // There is one connection, and it knows no two transactions at once.
  takeTurn: [],
  beforeCommit: [],
  // One process, one clock.
  databaseTime: () => Promise.resolve(clock.now()),
  conflict: () => false,
  unavailable: (error) =>
    error instanceof Error &&
    "errcode" in error &&
    typeof error.errcode === "number" &&
    unavailableCodes.has(error.errcode & 0xff),
});
