import type { Kysely } from "kysely";
import type { EventStore, FeedPosition, Transaction } from "../port.ts";
import type { LogTables } from "./tables.ts";

/** Where a reader of the log got to; the beginning for one that never read. */
export const readCheckpoint = async (store: EventStore, name: string): Promise<FeedPosition> => {
  const sql: Kysely<LogTables> = store.sql;
  const row = await sql.selectFrom("es_checkpoints").select(["log_epoch", "position"]).where("name", "=", name).executeTakeFirst();
  return row === undefined ? { logEpoch: store.logEpoch, position: 0 } : { logEpoch: Number(row.log_epoch), position: Number(row.position) };
};

/** Inside a transaction. */
export const writeCheckpoint = async (transaction: Transaction, name: string, place: FeedPosition, at: number): Promise<void> => {
  const sql: Kysely<LogTables> = transaction.sql;
  const values = { log_epoch: place.logEpoch, position: place.position, at };
  await sql
    .insertInto("es_checkpoints")
    .values({ name, ...values })
    .onConflict((conflict) => conflict.column("name").doUpdateSet(values))
    .execute();
};
