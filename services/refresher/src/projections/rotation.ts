import type { InlineProjection } from "@mcp-auth-proxy/event-store";
import { isAttemptEvent } from "./event-of.ts";
import type { RefresherSql } from "./tables.ts";

/** `rm_rotation`: whether a provider was ever seen to give a new refresh token to this client of ours. */
export const rotationProjection: InlineProjection = {
  name: "rotation",
  tables: ["rm_rotation"],
  apply: async (event, sql: RefresherSql) => {
    if (!isAttemptEvent(event) || event.type !== "RefreshSucceeded" || event.data.rotated === undefined) return;
    const { provider, clientId, rotated } = event.data;
    const seen = sql.insertInto("rm_rotation").values({ provider, client_id: clientId, rotates: rotated ? 1 : 0 });
    // Once is enough: some rotate only now and then, and one token presented twice ends the whole family.
    await seen
      .onConflict((conflict) => (rotated ? conflict.columns(["provider", "client_id"]).doUpdateSet({ rotates: 1 }) : conflict.columns(["provider", "client_id"]).doNothing()))
      .execute();
  },
};

/** What was observed; undefined where no refresh has succeeded yet. */
export const observedRotation = async (sql: RefresherSql, provider: string, clientId: string): Promise<boolean | undefined> => {
  const row = await sql.selectFrom("rm_rotation").select("rotates").where("provider", "=", provider).where("client_id", "=", clientId).executeTakeFirst();
  return row === undefined ? undefined : row.rotates === 1;
};
