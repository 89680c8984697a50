import { AppError } from "@mcp-auth-proxy/contracts";
import type { MikroORM } from "@mikro-orm/core";
import { Migration } from "@mikro-orm/migrations";
import type { SqlEntityManager } from "@mikro-orm/sql";
import { CompiledQuery } from "kysely";
import type { StoreDefinition } from "../definition.ts";
import type { StoreDialect } from "./dialect.ts";

export interface ListedMigration {
  readonly name: string;
  readonly class: new (...parameters: ConstructorParameters<typeof Migration>) => Migration;
}

const listed = (name: string, statements: readonly string[]): ListedMigration => ({
  name,
  class: class extends Migration {
    override up(): void {
      for (const statement of statements) this.addSql(statement);
    }
  },
});

/** The store's own tables first, then the service's, as MikroORM's migrator wants them. */
export const listMigrations = (definition: StoreDefinition, dialect: StoreDialect): ListedMigration[] =>
  [
    ...dialect.logMigrations.map(({ name, up }) => listed(name, up)),
    ...definition.migrations.map(({ name, up, appendOnly = [] }) => listed(name, [...up, ...appendOnly.flatMap((table) => dialect.appendOnly(table))])),
  ];

/**
 * Brings the tables forward, all steps in one transaction and under the dialect's lock. A database that a newer
 * version has migrated is refused untouched: this version could misread what it holds.
 */
export const migrate = async (
  orm: MikroORM,
  em: SqlEntityManager,
  migrations: readonly ListedMigration[],
  dialect: StoreDialect,
): Promise<void> => {
  await em.getKysely().executeQuery(CompiledQuery.raw(dialect.migrationsTable));
  // Outside of the transaction: the migrator's first call looks for its table on a connection of its own choosing,
  // and where there is only one it would wait for itself.
  await orm.migrator.getExecuted();
  const known = new Set(migrations.map((migration) => migration.name));
  await em.fork().transactional(async (inner) => {
    const sql = inner.getKysely();
    await sql.executeQuery(CompiledQuery.raw(dialect.migrationLock));
    const done: { name: string }[] = await inner.execute("select name from es_migrations order by id");
    const newer = done.filter(({ name }) => !known.has(name)).map(({ name }) => name);
    if (newer.length > 0) {
      throw new AppError("refused", `the database was migrated by a newer version (${newer.join(", ")}): start that one`);
    }
    await orm.migrator.up({ transaction: inner.getTransactionContext() });
  });
};
