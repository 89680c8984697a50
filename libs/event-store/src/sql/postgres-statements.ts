import { CompiledQuery } from "kysely";
import type { StoreDialect } from "./dialect.ts";
import { errorCodeOf } from "./postgres-error.ts";

/** Number of ours among the advisory locks of a database. */
const lockSeed = 7_316_825;

/** One lock a schema: each transaction holds it to its end. */
const turn = (schema: string): string => `pg_advisory_xact_lock(hashtextextended(${schema}, ${lockSeed}))`;

const refuseChanges = (table: string): readonly string[] => [
  `create trigger ${table}_no_change before update or delete on ${table} for each row execute function es_refuse_change()`,
  `create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function es_refuse_change()`,
];

/** `collate "C"`: an id is bytes, not a word of some language. */
const eventColumns = `
  log_epoch bigint not null,
  event_id text collate "C" not null unique,
  stream_id text collate "C" not null,
  stream_version bigint not null check (stream_version >= 1),
  type text not null,
  schema bigint not null,
  at bigint not null,
  data text not null check (data::json is not null),
  meta text not null check (meta::json is not null),
  unique (stream_id, stream_version)`;

/**
 * A sequence gives numbers in the order in which they are asked for, not in that of commits. The trigger makes these the
 * same, also for a writer that is not this program: it comes before the row's number is drawn.
 */
const logMigration = {
  name: "event-store-001-log",
  up: [
    `create function es_refuse_change() returns trigger language plpgsql as $$
      begin raise exception '% is append-only', tg_table_name; end $$`,
    `create function es_take_turn() returns trigger language plpgsql as $$
      begin perform ${turn("tg_table_schema::text")}; return null; end $$`,
    `create table es_events (position bigint generated always as identity primary key, ${eventColumns})`,
    `create trigger es_events_in_turn before insert on es_events for each statement execute function es_take_turn()`,
    `create trigger es_events_no_change before update on es_events for each row execute function es_refuse_change()`,
    `create trigger es_events_no_truncate before truncate on es_events for each statement execute function es_refuse_change()`,
    `create table es_commands (
      command_id text not null primary key, name text not null, outcome text, at bigint not null, expires_at bigint not null)`,
    "create index es_commands_expires_at on es_commands (expires_at)",
    `create table es_checkpoints (
      name text not null primary key, log_epoch bigint not null, position bigint not null, at bigint not null)`,
    "create table es_meta (key text not null primary key, value text not null)",
    "insert into es_meta (key, value) values ('log_epoch', '1')",
  ],
} as const;

const snapshotsMigration = {
  name: "event-store-002-snapshots",
  up: [
    `create table es_snapshots (
      stream_id text collate "C" not null primary key, stream_version bigint not null, event_id text not null,
      decider text not null, state text not null, checksum text not null)`,
  ],
} as const;

const allColumns = ["position", "log_epoch", "event_id", "stream_id", "stream_version", "type", "schema", "at", "data", "meta"];
const sameRow = (left: string, right: string): string => allColumns.map((column) => `${left}.${column} = ${right}.${column}`).join(" and ");

/** A row goes from the log to the archive, and nowhere else: in only what is in the log, out only what is in the archive. */
const archiveMigration = {
  name: "event-store-003-archive",
  up: [
    `create table es_archive (position bigint not null primary key, ${eventColumns})`,
    ...refuseChanges("es_archive"),
    `create function es_archive_takes() returns trigger language plpgsql as $$
      begin
        if not exists (select 1 from es_events e where ${sameRow("e", "new")}) then
          raise exception 'es_archive takes events of the log only';
        end if;
        return new;
      end $$`,
    "create trigger es_archive_from_log before insert on es_archive for each row execute function es_archive_takes()",
    `create function es_events_leave() returns trigger language plpgsql as $$
      begin
        if not exists (select 1 from es_archive a where ${sameRow("a", "old")}) then
          raise exception 'es_events is append-only';
        end if;
        return old;
      end $$`,
    "create trigger es_events_no_delete before delete on es_events for each row execute function es_events_leave()",
  ],
} as const;

const leasesMigration = {
  name: "event-store-004-leases",
  up: ["create table es_leases (name text not null primary key, holder text not null, epoch bigint not null, held_until bigint not null)"],
} as const;

/**
 * Classes of SQLSTATE (PostgreSQL manual, appendix A): connection, resources (disk full, too many connections), operator's
 * intervention (shutdown, statement timeout), system; and single codes: lock not available, idle transaction ended, read only.
 */
const unavailableCodes = /^(?:08|53|57|58)...$|^(?:55P03|25P03|25006)$/;
/** What Node says of a connection that is not there or went away. */
const networkCodes: ReadonlySet<string> = new Set(["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EPIPE", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ENOENT"]);
/** What the driver says of it in words only. */
const lostWords = /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout/;

/** What PostgreSQL says differently. */
export const postgresStatements: StoreDialect = {
  appendOnly: refuseChanges,
  logMigrations: [logMigration, snapshotsMigration, archiveMigration, leasesMigration],
  migrationsTable:
    "create table if not exists es_migrations (id int generated by default as identity primary key, name varchar(255) not null, executed_at timestamptz not null default current_timestamp)",
  // Migrations may take their time, and a start waits for another one's; the limits of requests are not for them.
  migrationLock: `set local statement_timeout = 0; set local lock_timeout = '60s'; select ${turn("current_schema()::text")}`,
  shared: true,
  takeTurn: [`select ${turn("current_schema()::text")}`],
  // A transaction in which a statement failed is rolled back by its `commit`, and the client is told that all is well.
  beforeCommit: ["select 1"],
  databaseTime: async (sql) => {
    const { rows } = await sql.executeQuery<{ readonly now: number }>(CompiledQuery.raw("select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now"));
    return rows[0]?.now ?? Number.NaN;
  },
  conflict: (error) => ["40001", "40P01"].includes(errorCodeOf(error) ?? ""),
  unavailable: (error) => {
    const code = errorCodeOf(error);
    if (code !== undefined) return unavailableCodes.test(code) || networkCodes.has(code);
    return error instanceof Error && lostWords.test(error.message);
  },
};
