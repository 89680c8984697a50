import type { InlineProjection } from "@mcp-auth-proxy/event-store";
import { grantDecider, type GrantEvent } from "../domain/grant.ts";
import { isEventOf } from "./event-of.ts";
import type { AuthSql } from "./tables.ts";

/** A grant as a request needs it before the transaction; the stream decides. */
export interface GrantSummary {
  readonly grantId: string;
  readonly subjectId: string;
  readonly clientId: string;
  readonly resource: string;
  readonly scope: string;
  readonly active: boolean;
  /** Of the refresh token that counts now; 0 without one. */
  readonly generation: number;
  readonly refreshExpiresAt: number;
}

/** Who a revocation is about. */
export type GrantSelection =
  | { readonly kind: "grant" | "client" | "subject"; readonly id: string }
  | { readonly kind: "all" };

const issue = async (sql: AuthSql, data: Extract<GrantEvent, { type: "GrantIssued" }>["data"]): Promise<void> => {
  await sql
    .insertInto("rm_grants")
    .values({
      grant_id: data.grantId,
      subject_id: data.subjectId,
      client_id: data.clientId,
      resource: data.resource,
      scope: data.scope,
      status: "active",
      generation: data.refresh?.generation ?? 0,
      refresh_expires_at: data.refresh?.expiresAt ?? 0,
      access_tokens_end_at: data.accessTokenExpiresAt,
      issued_at: data.issuedAt,
    })
    .execute();
};

/** `rm_grants`: every grant of which a token may still count, with what it is now; those that have ended, until they are swept. */
export const grantsProjection: InlineProjection = {
  name: "grants",
  tables: ["rm_grants"],
  apply: async (event, sql: AuthSql) => {
    if (!isEventOf(grantDecider, event)) return;
    if (event.type === "GrantIssued") return issue(sql, event.data);
    const grantId = event.streamId.slice(grantDecider.streamId("").length);
    const row = sql.updateTable("rm_grants").where("grant_id", "=", grantId);
    if (event.type === "RefreshTokenRotated") {
      const { generation, expiresAt, accessTokenExpiresAt } = event.data;
      await row
        .set((eb) => ({
          generation,
          refresh_expires_at: expiresAt,
          access_tokens_end_at: eb.case().when("access_tokens_end_at", ">", accessTokenExpiresAt).then(eb.ref("access_tokens_end_at")).else(accessTokenExpiresAt).end(),
        }))
        .execute();
    }
    if (event.type === "GrantRevoked") await row.set({ status: "revoked" }).execute();
  },
};

export const findGrant = async (sql: AuthSql, grantId: string): Promise<GrantSummary | undefined> => {
  const row = await sql.selectFrom("rm_grants").selectAll().where("grant_id", "=", grantId).executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    grantId: row.grant_id,
    subjectId: row.subject_id,
    clientId: row.client_id,
    resource: row.resource,
    scope: row.scope,
    active: row.status === "active",
    generation: row.generation,
    refreshExpiresAt: row.refresh_expires_at,
  };
};

const column = { grant: "grant_id", client: "client_id", subject: "subject_id" } as const;

/** Active grants of a selection, oldest first. */
export const activeGrants = async (sql: AuthSql, selection: GrantSelection, limit: number): Promise<readonly string[]> => {
  const active = sql.selectFrom("rm_grants").select("grant_id").where("status", "=", "active");
  const selected = selection.kind === "all" ? active : active.where(column[selection.kind], "=", selection.id);
  const rows = await selected.orderBy("issued_at").orderBy("grant_id").limit(limit).execute();
  return rows.map((row) => row.grant_id);
};

/** When the last access token that still counts expires; 0 when there is none. Those of revoked grants are denied already. */
export const lastAccessTokenEnd = async (sql: AuthSql): Promise<number> => {
  const row = await sql.selectFrom("rm_grants").where("status", "=", "active").select((eb) => eb.fn.max("access_tokens_end_at").as("end")).executeTakeFirst();
  // The query builder's type leaves out that the maximum of no rows is null.
  return row?.end ?? 0;
};
