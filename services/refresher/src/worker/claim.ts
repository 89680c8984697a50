import type { RefresherSql } from "../projections/tables.ts";

/**
 * Who may work on a credential: one at a time over all replicas, by the clock of the database. Call these in a
 * transaction; `now` is that clock. The epoch grows with each holder, and what comes under an older one has no effect.
 */
export const claimIn = async (sql: RefresherSql, { credentialId, now, ttlMs }: { readonly credentialId: string; readonly now: number; readonly ttlMs: number }): Promise<number | undefined> => {
  const row = await sql
    .insertInto("tt_claims")
    .values({ credential_id: credentialId, epoch: 1, held_until: now + ttlMs, sending_attempt: null })
    .onConflict((conflict) =>
      conflict
        .column("credential_id")
        .doUpdateSet((eb) => ({ epoch: eb("tt_claims.epoch", "+", 1), held_until: now + ttlMs }))
        .where("tt_claims.held_until", "<=", now),
    )
    .returning("epoch")
    .executeTakeFirst();
  return row?.epoch;
};

/** Gives it back, so that the next one need not wait. Does nothing when it is another's by now. */
export const releaseIn = async (sql: RefresherSql, credentialId: string, epoch: number): Promise<void> => {
  await sql.updateTable("tt_claims").set({ held_until: 0 }).where("credential_id", "=", credentialId).where("epoch", "=", epoch).execute();
};

/** Notes that the request of this attempt is about to be written; false when the claim was lost, and then nothing may be. */
export const noteSending = async (sql: RefresherSql, claim: { readonly credentialId: string; readonly epoch: number; readonly attemptId: string; readonly now: number }): Promise<boolean> => {
  const noted = await sql
    .updateTable("tt_claims")
    .set({ sending_attempt: claim.attemptId })
    .where("credential_id", "=", claim.credentialId)
    .where("epoch", "=", claim.epoch)
    .where("held_until", ">", claim.now)
    .returning("epoch")
    .execute();
  return noted.length > 0;
};

/** Whether a byte of this attempt can have left us. */
export const mayHaveSent = async (sql: RefresherSql, credentialId: string, attemptId: string): Promise<boolean> => {
  const row = await sql.selectFrom("tt_claims").select("sending_attempt").where("credential_id", "=", credentialId).executeTakeFirst();
  // No row: it was swept or lost, and nobody can tell.
  return row === undefined || row.sending_attempt === attemptId;
};

export const isClaimed = async (sql: RefresherSql, credentialId: string, now: number): Promise<boolean> => {
  const row = await sql.selectFrom("tt_claims").select("held_until").where("credential_id", "=", credentialId).executeTakeFirst();
  return row !== undefined && row.held_until > now;
};

/** The same for who only knows the attempt that the claim was for. */
export const releaseAfter = async (sql: RefresherSql, credentialId: string, attemptId: string): Promise<void> => {
  await sql.updateTable("tt_claims").set({ held_until: 0 }).where("credential_id", "=", credentialId).where("sending_attempt", "=", attemptId).execute();
};
