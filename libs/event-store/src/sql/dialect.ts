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
  /** True when the database could not answer (locked, full, gone), as opposed to a wrong statement. */
  unavailable(error: unknown): boolean;
}
