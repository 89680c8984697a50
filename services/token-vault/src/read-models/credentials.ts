import type { vaultV1 } from "@mcp-auth-proxy/contracts";
import type { InlineProjection } from "@mcp-auth-proxy/event-store";
import type { Selectable } from "kysely";
import { credentialDecider } from "../domain/credential.ts";
import type { LeasedCredential } from "../domain/lease.ts";
import { isEventOf } from "./event-of.ts";
import type { CredentialSql, CredentialTables } from "./tables.ts";

const changingColumns = (facts: vaultV1.CredentialFacts) => ({
  generation: facts.generation,
  scope: facts.scope,
  refreshable: facts.refreshable ? 1 : 0,
  stored_at: facts.storedAt,
  expires_at: facts.expiresAt ?? null,
  broken_because: null,
});

/** `rm_credentials`: every credential of which tokens are kept, as it is now. */
export const credentialsProjection: InlineProjection = {
  name: "credentials",
  tables: ["rm_credentials"],
  apply: async (event, sql: CredentialSql) => {
    if (!isEventOf(credentialDecider, event)) return;
    const { credentialId } = event.data;
    const row = sql.updateTable("rm_credentials").where("credential_id", "=", credentialId);
    switch (event.type) {
      case "CredentialStored": {
        const { subjectId, resource, provider, storedAt } = event.data;
        const columns = { ...changingColumns(event.data), connected_at: storedAt };
        await sql
          .insertInto("rm_credentials")
          .values({ credential_id: credentialId, subject_id: subjectId, resource, provider, ...columns })
          .onConflict((conflict) => conflict.column("credential_id").doUpdateSet(columns))
          .execute();
        return;
      }
      case "CredentialReplaced":
        await row.set(changingColumns(event.data)).execute();
        return;
      case "CredentialBroken":
        await row.set({ broken_because: event.data.reason }).execute();
        return;
      case "CredentialShredded":
        await sql.deleteFrom("rm_credentials").where("credential_id", "=", credentialId).execute();
        return;
      default:
        event satisfies never;
    }
  },
};

const credentialIn = (row: Selectable<CredentialTables["rm_credentials"]>): LeasedCredential => ({
  facts: {
    credentialId: row.credential_id,
    subjectId: row.subject_id,
    resource: row.resource,
    provider: row.provider,
    generation: Number(row.generation),
    scope: row.scope,
    refreshable: Number(row.refreshable) === 1,
    storedAt: Number(row.stored_at),
    ...(row.expires_at === null ? {} : { expiresAt: Number(row.expires_at) }),
  },
  ...(row.broken_because === null ? {} : { brokenBecause: row.broken_because }),
});

export const findCredential = async (sql: CredentialSql, credentialId: string): Promise<LeasedCredential | undefined> => {
  const row = await sql.selectFrom("rm_credentials").selectAll().where("credential_id", "=", credentialId).executeTakeFirst();
  return row === undefined ? undefined : credentialIn(row);
};

/** A person's credential for a server: of the provider that is named, else the one that was connected last. */
export const findCredentialFor = async (
  sql: CredentialSql,
  owner: { readonly subjectId: string; readonly resource: string; readonly provider?: string | undefined },
): Promise<LeasedCredential | undefined> => {
  const { subjectId, resource, provider } = owner;
  const all = sql.selectFrom("rm_credentials").selectAll().where("subject_id", "=", subjectId).where("resource", "=", resource);
  const named = provider === undefined ? all : all.where("provider", "=", provider);
  const row = await named.orderBy("connected_at", "desc").orderBy("credential_id").executeTakeFirst();
  return row === undefined ? undefined : credentialIn(row);
};

/** Everything that is kept for a person, in a steady order. */
export const credentialsOfSubject = async (sql: CredentialSql, subjectId: string, limit: number): Promise<readonly LeasedCredential[]> => {
  const rows = await sql.selectFrom("rm_credentials").selectAll().where("subject_id", "=", subjectId).orderBy("resource").orderBy("provider").limit(limit).execute();
  return rows.map(credentialIn);
};
