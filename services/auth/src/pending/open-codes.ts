import type { AccessOf } from "../accounts/access-of.ts";
import type { AuthSql } from "../read-models/tables.ts";

/** A code between its issue and its end. */
export interface OpenCode {
  readonly authorizationId: string;
  readonly subjectId: string;
  readonly clientId: string;
  readonly resource: string;
  readonly expiresAt: number;
}

/** In the transaction that issues the code. */
export const openCode = async (sql: AuthSql, code: OpenCode): Promise<void> => {
  await sql
    .insertInto("tt_open_codes")
    .values({ authorization_id: code.authorizationId, subject_id: code.subjectId, client_id: code.clientId, resource: code.resource, expires_at: code.expiresAt })
    .execute();
};

/** Whether nobody has voided it. Says nothing about a code past its end, whose row may be gone. */
export const isOpenCode = async (sql: AuthSql, authorizationId: string): Promise<boolean> => {
  const row = await sql.selectFrom("tt_open_codes").select("authorization_id").where("authorization_id", "=", authorizationId).executeTakeFirst();
  return row !== undefined;
};

/** Access was taken away: no code from before may give it back. */
export const voidCodes = async (sql: AuthSql, of: AccessOf): Promise<void> => {
  let voided = sql.deleteFrom("tt_open_codes");
  if (of.subjectId !== undefined) voided = voided.where("subject_id", "=", of.subjectId);
  if (of.clientId !== undefined) voided = voided.where("client_id", "=", of.clientId);
  if (of.resource !== undefined) voided = voided.where("resource", "=", of.resource);
  await voided.execute();
};
