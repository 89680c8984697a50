import { fingerprint } from "@mcp-auth-proxy/crypto";
import type { AuthKeys } from "../custody/keys.ts";
import type { AuthSql } from "../read-models/tables.ts";

/** One assertion, as its issuer names it. */
export interface UsedAssertion {
  readonly purpose: "client-assertion" | "id-jag";
  readonly issuer: string;
  readonly jti: string;
  /** From then on its `exp` refuses it. */
  readonly expiresAt: number;
  readonly now: number;
}

/**
 * Uses an assertion up: says whether this was the first time (RFC 7523 section 3, item 7). In SQL, because a cache that
 * is lost would let every assertion in once more. Call it in the transaction of what the assertion is for, or in one of its own.
 */
export const useAssertion = async (sql: AuthSql, { pepper }: Pick<AuthKeys, "pepper">, { purpose, issuer, jti, expiresAt, now }: UsedAssertion): Promise<boolean> => {
  const id = fingerprint(pepper, `used-assertion/${purpose}`, JSON.stringify([issuer, jti]));
  const used = await sql
    .insertInto("tt_used_assertions")
    .values({ id_fingerprint: id, expires_at: expiresAt })
    // A row that has expired and was not swept yet is no obstacle.
    .onConflict((conflict) => conflict.column("id_fingerprint").doUpdateSet({ expires_at: expiresAt }).where("tt_used_assertions.expires_at", "<=", now))
    .returning("id_fingerprint")
    .execute();
  return used.length > 0;
};
