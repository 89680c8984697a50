import type { Sql } from "@mcp-auth-proxy/event-store";
import { attemptRememberedMs, type EarlierAttempt } from "../domain/lease.ts";
import type { Integer } from "../read-models/tables.ts";

export interface RefreshLeaseTables {
  /** Which attempt got the refresh token of which generation. */
  readonly tt_refresh_leases: {
    readonly credential_id: string;
    readonly attempt_id: string;
    readonly generation: Integer;
    readonly leased_at: Integer;
    readonly expires_at: Integer;
  };
}

export type RefreshLeaseSql = Sql<RefreshLeaseTables>;

/** The attempts that got a credential's refresh token, as long as they are remembered. */
export const earlierAttempts = async (sql: RefreshLeaseSql, credentialId: string, now: number): Promise<readonly EarlierAttempt[]> => {
  const rows = await sql
    .selectFrom("tt_refresh_leases")
    .select(["attempt_id", "generation", "leased_at"])
    .where("credential_id", "=", credentialId)
    .where("expires_at", ">", now)
    .execute();
  return rows.map((row) => ({ attemptId: row.attempt_id, generation: Number(row.generation), leasedAt: Number(row.leased_at) }));
};

/** Whether an attempt got the refresh token of this generation. What came of it, if anything did, is another generation. */
export const isLentOut = async (sql: RefreshLeaseSql, credentialId: string, generation: number, now: number): Promise<boolean> =>
  (await earlierAttempts(sql, credentialId, now)).some((attempt) => attempt.generation === generation);

/** Notes that an attempt has it. The same attempt again keeps its first time. */
export const noteAttempt = async (sql: RefreshLeaseSql, lease: { readonly credentialId: string; readonly attemptId: string; readonly generation: number }, now: number): Promise<void> => {
  const columns = { generation: lease.generation, leased_at: now, expires_at: now + attemptRememberedMs };
  await sql.deleteFrom("tt_refresh_leases").where("credential_id", "=", lease.credentialId).where("expires_at", "<=", now).execute();
  await sql
    .insertInto("tt_refresh_leases")
    .values({ credential_id: lease.credentialId, attempt_id: lease.attemptId, ...columns })
    .onConflict((conflict) => conflict.columns(["credential_id", "attempt_id"]).doNothing())
    .execute();
};

export const sweepAttempts = async (sql: RefreshLeaseSql, now: number): Promise<void> => {
  await sql.deleteFrom("tt_refresh_leases").where("expires_at", "<=", now).execute();
};
