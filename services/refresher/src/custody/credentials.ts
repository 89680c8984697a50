import type { vaultV1 } from "@mcp-auth-proxy/contracts";
import type { CredentialPlan } from "../domain/attempt.ts";
import type { CredentialRow, RefresherSql } from "../projections/tables.ts";

/** What the vault told of a credential: ids and times. The tokens are the vault's alone. */
export interface KnownCredential extends CredentialPlan {
  readonly subjectId: string;
  readonly resource: string;
  readonly broken: boolean;
}

const fromRow = (row: CredentialRow): KnownCredential => ({
  credentialId: row.credential_id,
  subjectId: row.subject_id,
  resource: row.resource,
  provider: row.provider,
  generation: row.generation,
  refreshable: row.refreshable === 1,
  storedAt: row.stored_at,
  broken: row.broken === 1,
  ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
});

export const findCredential = async (sql: RefresherSql, credentialId: string): Promise<KnownCredential | undefined> => {
  const row = await sql.selectFrom("cx_credentials").selectAll().where("credential_id", "=", credentialId).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
};

/** Keeps the newest generation, whichever way and in whatever order it is told. */
export const keepCredential = async (sql: RefresherSql, facts: vaultV1.CredentialFacts): Promise<void> => {
  const row = {
    subject_id: facts.subjectId,
    resource: facts.resource,
    provider: facts.provider,
    generation: facts.generation,
    refreshable: facts.refreshable ? 1 : 0,
    stored_at: facts.storedAt,
    expires_at: facts.expiresAt ?? null,
    broken: 0,
  };
  await sql
    .insertInto("cx_credentials")
    .values({ credential_id: facts.credentialId, ...row })
    .onConflict((conflict) => conflict.column("credential_id").doUpdateSet(row).where("cx_credentials.generation", "<", facts.generation))
    .execute();
};

export const markBroken = async (sql: RefresherSql, credentialId: string, generation: number): Promise<void> => {
  await sql.updateTable("cx_credentials").set({ broken: 1 }).where("credential_id", "=", credentialId).where("generation", "<=", generation).execute();
};

/** Deleted by the vault: nothing of it stays here but ids on the log. */
export const forgetCredential = async (sql: RefresherSql, credentialId: string): Promise<void> => {
  await sql.deleteFrom("cx_credentials").where("credential_id", "=", credentialId).execute();
  await sql.deleteFrom("cx_answers").where("credential_id", "=", credentialId).execute();
  await sql.deleteFrom("tt_claims").where("credential_id", "=", credentialId).execute();
};
