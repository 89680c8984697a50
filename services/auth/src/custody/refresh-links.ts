import { AppError } from "@mcp-auth-proxy/contracts";
import { decrypt, deriveKey, encrypt, fingerprint, Secret } from "@mcp-auth-proxy/crypto";
import { Type } from "typebox";
import { Value } from "typebox/value";
import type { AuthSql } from "../read-models/tables.ts";
import { parseRefreshToken, type RefreshToken } from "../tokens/refresh-token.ts";

const Link = Type.Object({ successor: Type.String(), response: Type.String() });

/** One rotation: the token it used up, the token it made, and the whole answer that went out. */
export interface Rotation {
  readonly old: RefreshToken;
  readonly successor: RefreshToken;
  readonly response: Secret<string>;
  /** When the replay window of `old` closes. */
  readonly expiresAt: number;
}

const rowKey = (pepper: Secret<Buffer>, token: RefreshToken): string => fingerprint(pepper, "refresh-link", token.text.reveal());
// The key is made from the token that was used up, which is nowhere in the database: a copy of it opens no link.
const linkKey = (token: RefreshToken): Buffer => deriveKey(Buffer.from(token.text.reveal(), "utf8"), "refresh-link v1");
const boundTo = (token: RefreshToken): string => `refresh-link/${token.grantId}/${token.generation}`;

/** Keeps the answer for a client that repeats itself. In the transaction of the rotation, or a lost answer would sign people out. */
export const saveLink = async (sql: AuthSql, pepper: Secret<Buffer>, { old, successor, response, expiresAt }: Rotation): Promise<void> => {
  const content = JSON.stringify({ successor: successor.text.reveal(), response: response.reveal() });
  const sealed = encrypt(linkKey(old), Buffer.from(content, "utf8"), boundTo(old));
  await sql
    .insertInto("cx_refresh_links")
    .values({ token_fingerprint: rowKey(pepper, old), grant_id: old.grantId, sealed, expires_at: expiresAt })
    .execute();
};

const openLink = async (sql: AuthSql, pepper: Secret<Buffer>, token: RefreshToken, now: number) => {
  const row = await sql
    .selectFrom("cx_refresh_links")
    .select("sealed")
    .where("token_fingerprint", "=", rowKey(pepper, token))
    .where("expires_at", ">", now)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const value: unknown = JSON.parse(decrypt(linkKey(token), row.sealed, boundTo(token)).toString("utf8"));
  const successor = Value.Check(Link, value) ? parseRefreshToken(pepper, value.successor) : undefined;
  // Each link leads one generation on: a row that does not was not written by us, and could lead in circles.
  if (!Value.Check(Link, value) || successor === undefined || successor.generation !== token.generation + 1) {
    throw new AppError("undecryptable", "a refresh link does not hold its successor");
  }
  return { successor, response: Secret.of(value.response) };
};

/**
 * The current answer for a superseded token, found link by link. Undefined when the window of `presented` has closed;
 * later links close later, so an open first link leads all the way.
 */
export const followLinks = async (
  sql: AuthSql,
  pepper: Secret<Buffer>,
  search: { readonly presented: RefreshToken; readonly currentGeneration: number; readonly now: number },
): Promise<Secret<string> | undefined> => {
  let link = await openLink(sql, pepper, search.presented, search.now);
  while (link !== undefined && link.successor.generation < search.currentGeneration) {
    link = await openLink(sql, pepper, link.successor, search.now);
  }
  return link?.response;
};

/** After a revocation nothing is repeated. */
export const dropLinks = async (sql: AuthSql, grantId: string): Promise<void> => {
  await sql.deleteFrom("cx_refresh_links").where("grant_id", "=", grantId).execute();
};
