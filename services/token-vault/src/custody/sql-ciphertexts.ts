import type { EventStore } from "@mcp-auth-proxy/event-store";
import type { Ciphertexts, CiphertextWrite, TokenCiphertext } from "./ciphertexts.ts";
import type { CustodySql } from "./tables.ts";

const nothing = (): Promise<void> => Promise.resolve();

const write = (entry: TokenCiphertext): CiphertextWrite => ({
  inTransaction: async (sql) => {
    const columns = { generation: entry.generation, access_text: entry.access, refresh_text: entry.refresh ?? null, stored_at: entry.storedAt };
    await sql
      .insertInto("cx_ciphertexts")
      .values({ credential_id: entry.credentialId, ...columns })
      .onConflict((conflict) => conflict.column("credential_id").doUpdateSet(columns))
      .execute();
  },
  committed: nothing,
  abandoned: nothing,
});

/** Ciphertexts beside their events, in the vault's own database: kept in the same transaction or not at all. */
export const createSqlCiphertexts = (store: EventStore): Ciphertexts => ({
  lastGeneration: () => Promise.resolve(0),
  begin: (entry) => Promise.resolve(write(entry)),
  read: async (credentialId, generation) => {
    const sql: CustodySql = store.sql;
    const row = await sql
      .selectFrom("cx_ciphertexts")
      .select(["access_text", "refresh_text"])
      .where("credential_id", "=", credentialId)
      .where("generation", "=", generation)
      .executeTakeFirst();
    if (row === undefined) return [];
    return [{ access: row.access_text, ...(row.refresh_text === null ? {} : { refresh: row.refresh_text }) }];
  },
  remove: (credentialId) => ({
    inTransaction: async (sql) => {
      await sql.deleteFrom("cx_ciphertexts").where("credential_id", "=", credentialId).execute();
    },
    committed: nothing,
  }),
  sweep: nothing,
  close: nothing,
});
