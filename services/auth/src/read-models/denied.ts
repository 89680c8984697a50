import type { authV1 } from "@mcp-auth-proxy/contracts";
import type { InlineProjection } from "@mcp-auth-proxy/event-store";
import { grantDecider, type GrantEvent } from "../domain/grant.ts";
import { isEventOf } from "./event-of.ts";
import type { AuthSql } from "./tables.ts";

/** What bridges must refuse because of one revocation. */
export const denyEntryOf = (revoked: Extract<GrantEvent, { type: "GrantRevoked" }>["data"]): authV1.DenyEntry => ({
  kind: "grant",
  id: revoked.grantId,
  issuedBefore: revoked.revokedAt,
  until: revoked.accessTokensEndAt,
});

/** `rm_denied`: revoked grants whose access tokens have not all expired; others, until they are swept. */
export const deniedProjection: InlineProjection = {
  name: "denied",
  tables: ["rm_denied"],
  apply: async (event, sql: AuthSql) => {
    if (!isEventOf(grantDecider, event) || event.type !== "GrantRevoked") return;
    const entry = denyEntryOf(event.data);
    await sql.insertInto("rm_denied").values({ grant_id: entry.id, issued_before: entry.issuedBefore, denied_until: entry.until }).execute();
  },
};

/** A page of what is denied, in the order of grant ids; `next` is absent on the last one. */
export const deniedNow = async (
  sql: AuthSql,
  page: { readonly after?: string | undefined; readonly now: number; readonly limit: number },
): Promise<{ readonly entries: authV1.DenyEntry[]; readonly next?: string }> => {
  const denied = sql.selectFrom("rm_denied").selectAll().where("denied_until", ">", page.now);
  const rest = page.after === undefined ? denied : denied.where("grant_id", ">", page.after);
  const rows = await rest.orderBy("grant_id").limit(page.limit + 1).execute();
  const entries = rows
    .slice(0, page.limit)
    .map((row): authV1.DenyEntry => ({ kind: "grant", id: row.grant_id, issuedBefore: row.issued_before, until: row.denied_until }));
  const last = entries.at(-1);
  return rows.length > page.limit && last !== undefined ? { entries, next: last.id } : { entries };
};
