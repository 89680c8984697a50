import type { InlineProjection } from "@mcp-auth-proxy/event-store";
import { grantDecider } from "../domain/grant.ts";
import { isEventOf } from "./event-of.ts";
import type { AuthSql } from "./tables.ts";

/**
 * `rm_grant_use`: when each grant was last used, as far as auth hears of it: it was issued, or its token was renewed.
 * Single MCP requests are not counted: the hot path writes nothing.
 */
export const grantUseProjection: InlineProjection = {
  name: "grant-use",
  tables: ["rm_grant_use"],
  apply: async (event, sql: AuthSql) => {
    if (!isEventOf(grantDecider, event)) return;
    if (event.type === "GrantIssued") await sql.insertInto("rm_grant_use").values({ grant_id: event.data.grantId, last_used_at: event.data.issuedAt }).execute();
    if (event.type === "RefreshTokenRotated") {
      const grantId = event.streamId.slice(grantDecider.streamId("").length);
      await sql.updateTable("rm_grant_use").set({ last_used_at: event.data.rotatedAt }).where("grant_id", "=", grantId).execute();
    }
  },
};
