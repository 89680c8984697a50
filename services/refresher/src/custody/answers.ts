import type { Sealed, SealingKey } from "@mcp-auth-proxy/contracts";
import { sealTo, type Secret } from "@mcp-auth-proxy/crypto";
import type { AnswerRow, RefresherSql } from "../projections/tables.ts";

/** What a provider answered, as it came and sealed to the vault: from the moment that it is kept it can not be lost. */
export interface StoredAnswer {
  readonly attemptId: string;
  readonly credentialId: string;
  readonly provider: string;
  readonly clientId: string;
  /** The one that was refreshed. */
  readonly generation: number;
  readonly sealed: Sealed;
  readonly receivedAt: number;
  /** How often it was sent to the vault without an answer. */
  readonly tries: number;
}

/** Refused bodies are not kept, so this is what fits a sealed message (65,536 characters) after base64. */
export const maxAnswerBytes = 47_000;

/** Whoever keeps the answer sends it at once; somebody else may, when nothing was heard of it for so long. */
const firstResendMs = 10_000;
const maxResendMs = 60_000;

export const sealAnswer = (vaultKey: SealingKey, body: Secret<Buffer>): Promise<Sealed> => sealTo(vaultKey, body.reveal());

const fromRow = (row: AnswerRow): StoredAnswer => ({
  attemptId: row.attempt_id,
  credentialId: row.credential_id,
  provider: row.provider,
  clientId: row.client_id,
  generation: row.generation,
  sealed: row.sealed,
  receivedAt: row.received_at,
  tries: row.tries,
});

export const keepAnswer = async (sql: RefresherSql, answer: StoredAnswer): Promise<void> => {
  await sql
    .insertInto("cx_answers")
    .values({
      attempt_id: answer.attemptId,
      credential_id: answer.credentialId,
      provider: answer.provider,
      client_id: answer.clientId,
      generation: answer.generation,
      sealed: answer.sealed,
      received_at: answer.receivedAt,
      tries: answer.tries,
      next_at: answer.receivedAt + firstResendMs,
    })
    .onConflict((conflict) => conflict.column("attempt_id").doNothing())
    .execute();
};

export const findAnswer = async (sql: RefresherSql, attemptId: string): Promise<StoredAnswer | undefined> => {
  const row = await sql.selectFrom("cx_answers").selectAll().where("attempt_id", "=", attemptId).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
};

/** Answers that the vault does not have yet and that it is time to send; all of them where `now` is absent. */
export const answersToSend = async (sql: RefresherSql, now: number | undefined, limit: number): Promise<readonly StoredAnswer[]> => {
  const answers = sql.selectFrom("cx_answers").selectAll();
  const rows = await (now === undefined ? answers : answers.where("next_at", "<=", now)).orderBy("next_at").limit(limit).execute();
  return rows.map(fromRow);
};

/** Not acknowledged: again later, each time after a longer pause. */
export const postponeAnswer = async (sql: RefresherSql, { attemptId, tries }: StoredAnswer, now: number): Promise<void> => {
  const nextAt = now + Math.min(1_000 * 2 ** Math.min(tries, 10), maxResendMs);
  await sql.updateTable("cx_answers").set({ tries: tries + 1, next_at: nextAt }).where("attempt_id", "=", attemptId).execute();
};

/** False where it was settled before, by somebody else. */
export const dropAnswer = async (sql: RefresherSql, attemptId: string): Promise<boolean> => {
  const dropped = await sql.deleteFrom("cx_answers").where("attempt_id", "=", attemptId).returning("attempt_id").execute();
  return dropped.length > 0;
};
