import type { InlineProjection } from "@mcp-auth-proxy/event-store";
import { signingKeyDecider } from "../domain/signing-key.ts";
import { isEventOf } from "./event-of.ts";
import type { AuthSql } from "./tables.ts";

export interface PublishedKey {
  readonly kid: string;
  readonly x: string;
  readonly y: string;
}

/** `rm_signing_keys`: every signing key there was, public halves only. */
export const signingKeysProjection: InlineProjection = {
  name: "signing-keys",
  tables: ["rm_signing_keys"],
  apply: async (event, sql: AuthSql) => {
    if (!isEventOf(signingKeyDecider, event)) return;
    const { kid } = event.data;
    const row = sql.updateTable("rm_signing_keys").where("kid", "=", kid);
    switch (event.type) {
      case "SigningKeyIntroduced":
        await sql
          .insertInto("rm_signing_keys")
          .values({ kid, x: event.data.x, y: event.data.y, status: "introduced", activated_at: 0, published_until: 0 })
          .execute();
        return;
      case "SigningKeyActivated":
        await row.set({ status: "active", activated_at: event.data.activatedAt }).execute();
        return;
      case "SigningKeyRetired":
        await row.set({ status: "retired", published_until: event.data.publishedUntil }).execute();
        return;
      default:
        event satisfies never;
    }
  },
};

/** The key that signs, if there is one. */
export const activeKeyId = async (sql: AuthSql): Promise<string | undefined> => {
  const row = await sql.selectFrom("rm_signing_keys").select("kid").where("status", "=", "active").orderBy("activated_at", "desc").executeTakeFirst();
  return row?.kid;
};

/** Keys with which a token that still counts may have been signed, the active one first. */
export const publishedKeys = (sql: AuthSql, now: number): Promise<readonly PublishedKey[]> =>
  sql
    .selectFrom("rm_signing_keys")
    .select(["kid", "x", "y"])
    .where((eb) => eb.or([eb("status", "!=", "retired"), eb("published_until", ">", now)]))
    .orderBy("status")
    .orderBy("activated_at", "desc")
    .limit(16)
    .execute();
