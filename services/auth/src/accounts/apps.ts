import type { ConfiguredClient } from "../config.ts";
import { parseClientFacts } from "../read-models/client-facts.ts";
import type { AuthSql } from "../read-models/tables.ts";

/** What a person knows as one app: a client, and the server it uses. It may hold several grants, one for each of its sign-ins. */
export interface AppKey {
  readonly clientId: string;
  readonly resource: string;
}

export interface AppAccess extends AppKey {
  /** As the client claims; undefined when it claims none. */
  readonly clientName: string | undefined;
  /** Where it is sent back to. */
  readonly hosts: readonly string[];
  readonly scopes: readonly string[];
  readonly since: number;
  readonly lastUsedAt: number;
}

/** More than anybody reads; the rest shows once some of these are ended. */
const mostGrants = 500;

const hostOf = (uri: string): string => {
  if (!URL.canParse(uri)) return "";
  const { protocol, hostname } = new URL(uri);
  return protocol === "https:" || protocol === "http:" ? hostname : protocol;
};

const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts.filter((text) => text !== ""))];

interface Claims {
  readonly clientName?: string | undefined;
  readonly redirectUris: readonly string[];
}

/** What a client says of itself; nothing where it is gone meanwhile. */
export const claimsOf = async (sql: AuthSql, configured: readonly ConfiguredClient[], clientIds: readonly string[]): Promise<ReadonlyMap<string, Claims>> => {
  const own = configured.filter(({ clientId }) => clientIds.includes(clientId)).map((client) => [client.clientId, client] as const);
  if (clientIds.length === 0) return new Map(own);
  const rows = await sql.selectFrom("rm_clients").select(["client_id", "facts"]).where("client_id", "in", clientIds).execute();
  return new Map<string, Claims>([...rows.map((row) => [row.client_id, parseClientFacts(row.facts)] as const), ...own]);
};

/** Apps that have access now, the one that was used last first. */
export const appsOf = async (sql: AuthSql, configured: readonly ConfiguredClient[], subjectId: string, now: number): Promise<readonly AppAccess[]> => {
  const rows = await sql
    .selectFrom("rm_grants")
    .leftJoin("rm_grant_use", "rm_grant_use.grant_id", "rm_grants.grant_id")
    .select(["client_id", "resource", "scope", "issued_at", "last_used_at"])
    .where("subject_id", "=", subjectId)
    .where("status", "=", "active")
    .where((eb) => eb.or([eb("refresh_expires_at", ">", now), eb("access_tokens_end_at", ">", now)]))
    .orderBy("issued_at", "desc")
    .limit(mostGrants)
    .execute();
  const claims = await claimsOf(sql, configured, distinct(rows.map((row) => row.client_id)));
  const groups = Map.groupBy(rows, (row) => JSON.stringify([row.client_id, row.resource]));
  const apps = [...groups.values()].flatMap((grants) => {
    const [first] = grants;
    if (first === undefined) return [];
    const said = claims.get(first.client_id);
    return {
      clientId: first.client_id,
      resource: first.resource,
      clientName: said?.clientName,
      hosts: distinct((said?.redirectUris ?? []).map(hostOf)),
      scopes: distinct(grants.flatMap(({ scope }) => scope.split(" "))),
      since: Math.min(...grants.map((grant) => grant.issued_at)),
      lastUsedAt: Math.max(...grants.map((grant) => grant.last_used_at ?? grant.issued_at)),
    };
  });
  return apps.toSorted((a, b) => b.lastUsedAt - a.lastUsedAt);
};

/** Active grants of a person, all or one app's: what there is to end. */
export const grantsOfApp = async (sql: AuthSql, of: { readonly subjectId: string; readonly app?: AppKey }, limit: number): Promise<readonly string[]> => {
  const active = sql.selectFrom("rm_grants").select("grant_id").where("subject_id", "=", of.subjectId).where("status", "=", "active");
  const selected = of.app === undefined ? active : active.where("client_id", "=", of.app.clientId).where("resource", "=", of.app.resource);
  const rows = await selected.orderBy("issued_at").limit(limit).execute();
  return rows.map((row) => row.grant_id);
};
