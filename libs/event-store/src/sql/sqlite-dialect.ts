import { NodeSqliteDialect } from "@mikro-orm/sql";
import type { Driver } from "kysely";

/**
 * SQLite takes a transaction back by itself when the disk is full or fails, and then `rollback` is an error. Kysely
 * would keep the connection, which is the only one there is, and everything after it would wait for ever.
 */
export class SelfRollingSqliteDialect extends NodeSqliteDialect {
  override createDriver(): Driver {
    const driver = super.createDriver();
    const rollback = driver.rollbackTransaction.bind(driver);
    driver.rollbackTransaction = async (connection) => {
      try {
        await rollback(connection);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.includes("no transaction is active")) throw error;
      }
    };
    return driver;
  }
}
