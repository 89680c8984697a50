import { fingerprint, randomToken } from "@mcp-auth-proxy/crypto";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import type { AuthKeys } from "../custody/keys.ts";
import type { AuthSql } from "../read-models/tables.ts";

/** Half a year after its last sign-in a browser is a stranger again. */
export const browserKnownForMs = 15_552_000_000;

const rowKey = (keys: AuthKeys, cookie: string): string => fingerprint(keys.formKey, "browser-cookie", cookie);

/** Whether somebody signed in with the right password in the browser of this cookie. */
export const isKnownBrowser = async (sql: AuthSql, keys: AuthKeys, cookie: string, now: number): Promise<boolean> => {
  if (cookie === "") return false;
  const row = await sql.selectFrom("tt_known_browsers").select("expires_at").where("cookie_fingerprint", "=", rowKey(keys, cookie)).where("expires_at", ">", now).executeTakeFirst();
  return row !== undefined;
};

/** The right password was given: answers with the cookie to set, the same one where the browser was known already. */
export const rememberBrowser = (store: EventStore, keys: AuthKeys, cookie: string, now: number): Promise<string> =>
  store.transact(async (transaction) => {
    const sql: AuthSql = transaction.sql;
    // Only a cookie of ours is kept: one that somebody planted would be theirs, too.
    const known = await isKnownBrowser(sql, keys, cookie, now);
    const kept = known ? cookie : randomToken(32);
    const row = { expires_at: now + browserKnownForMs };
    await sql
      .insertInto("tt_known_browsers")
      .values({ cookie_fingerprint: rowKey(keys, kept), ...row })
      .onConflict((conflict) => conflict.column("cookie_fingerprint").doUpdateSet(row))
      .execute();
    return kept;
  });
