import { MikroORM } from "@mikro-orm/postgresql";
import { CompiledQuery } from "kysely";

/** A transaction of a program that is not this one, kept open. */
export interface RawTransaction {
  run(statement: string): Promise<readonly object[]>;
  commit(): Promise<void>;
}

/** Opens a connection of its own, with the schema first on its path, and begins. */
export const beginRaw = async (url: string, schema: string): Promise<RawTransaction> => {
  const orm = await MikroORM.init({ clientUrl: url, entities: [], discovery: { warnWhenNoEntities: false }, pool: { min: 0, max: 1 }, logger: () => undefined });
  const transaction = await orm.em.getKysely().startTransaction().execute();
  const run = async (statement: string): Promise<readonly object[]> => (await transaction.executeQuery<object>(CompiledQuery.raw(statement))).rows;
  await run(`set local search_path to ${schema}`);
  return {
    run,
    commit: async () => {
      await transaction.commit().execute();
      await orm.close(true);
    },
  };
};
