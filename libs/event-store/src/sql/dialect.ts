import type { Sql } from "../port.ts";

/** What one database says differently. Everything else is Kysely, or statements that all of them speak. */
export interface StoreDialect {
  /** Create the `es_` tables, their append-only triggers, and the first log epoch. Forward only, as a service's own. */
  readonly logMigrations: readonly { readonly name: string; readonly up: readonly string[] }[];
  /** Statements that make the database refuse to change or delete a row of the table. */
  appendOnly(table: string): readonly string[];
  /** The migrator's own table, as it would make it; ours may run in two processes at once. */
  readonly migrationsTable: string;
  /** Held until the transaction ends: two processes that start together migrate one after the other. */
  readonly migrationLock: string;
  /** Whether other processes may work on the same database at the same time. */
  readonly shared: boolean;
  /**
   * Said first in each transaction, so that one comes after the other, whoever runs them: positions are then in the order of
   * commits, and what a transaction has looked at is still so when it writes.
   */
  readonly takeTurn: readonly string[];
  /** Said last: must fail where a statement has failed before, even when the work went on after it. */
  readonly beforeCommit: readonly string[];
  /** The clock that all processes on this database share, epoch ms. */
  databaseTime(sql: Sql): Promise<number>;
  /** True when the database took the transaction back because of another one, and the same again may succeed. */
  conflict(error: unknown): boolean;
  /** True when the database could not answer (locked, full, gone), as opposed to a wrong statement. */
  unavailable(error: unknown): boolean;
}
