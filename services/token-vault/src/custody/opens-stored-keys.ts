import type { Keyring } from "@mcp-auth-proxy/crypto";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import type { CustodySql } from "./tables.ts";

/**
 * Whether the keyring has a key of what this vault keeps, or there is nothing yet. Reads only: to be asked before the
 * start, which would introduce a mistaken key. Sealing keys do not count: they close messages on their way.
 */
export const opensStoredKeys = async (store: EventStore, keyring: Keyring): Promise<boolean> => {
  const sql: CustodySql = store.sql;
  const rows = await sql.selectFrom("cx_data_keys").select("term").distinct().execute();
  return rows.length === 0 || rows.some(({ term }) => keyring.terms.includes(term));
};
