import type { EventStore } from "@mcp-auth-proxy/event-store";
import type { AuthSql } from "./tables.ts";

/** Rows of each table in one transaction: everything else waits meanwhile. */
const mostAtOnce = 1_000;

const sweepDenied = async (sql: AuthSql, now: number, most: number): Promise<void> => {
  const past = sql.selectFrom("rm_denied").select("grant_id").where("denied_until", "<=", now).limit(most);
  await sql.deleteFrom("rm_denied").where("grant_id", "in", past).execute();
};

const sweepGrants = async (sql: AuthSql, now: number, most: number): Promise<void> => {
  const ended = await sql
    .selectFrom("rm_grants")
    .select("grant_id")
    .where("access_tokens_end_at", "<=", now)
    .where((eb) => eb.or([eb("status", "=", "revoked"), eb("refresh_expires_at", "<=", now)]))
    .limit(most)
    .execute();
  if (ended.length === 0) return;
  const ids = ended.map((row) => row.grant_id);
  await sql.deleteFrom("rm_grants").where("grant_id", "in", ids).execute();
  await sql.deleteFrom("rm_grant_use").where("grant_id", "in", ids).execute();
};

/**
 * Takes grants of which no token counts any more out of the read models: whoever asks about one gets the answer that they
 * get about one that never was, which is the same. The log keeps them; a rebuild brings them back until the next sweep.
 */
export const sweepEnded = (store: EventStore, now: number, most = mostAtOnce): Promise<void> =>
  store.transact(async ({ sql }) => {
    await sweepDenied(sql, now, most);
    await sweepGrants(sql, now, most);
  });
