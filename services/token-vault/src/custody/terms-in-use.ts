import type { CustodySql } from "./tables.ts";

/** The operator's keys, by their public terms, that still close something here. Sealing keys count: they close messages on their way. */
export const termsInUse = async (sql: CustodySql): Promise<readonly string[]> => {
  const [ofData, ofSealing] = await Promise.all([
    sql.selectFrom("cx_data_keys").select("term").distinct().execute(),
    sql.selectFrom("cx_sealing_keys").select("term").distinct().execute(),
  ]);
  return [...new Set([...ofData, ...ofSealing].map(({ term }) => term))].toSorted((one, other) => one.localeCompare(other));
};
