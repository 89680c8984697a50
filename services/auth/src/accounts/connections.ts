import { type SubjectId, vaultV1 } from "@mcp-auth-proxy/contracts";
import { credentialIdOf } from "@mcp-auth-proxy/crypto";
import type { CommandHandler, Unit } from "@mcp-auth-proxy/event-store";
import type { Static } from "typebox";
import type { AuthConfig, NeededConnection, ProtectedResource } from "../config.ts";
import { type Connection, subjectDecider, type UnlinkReason } from "../domain/subject.ts";
import type { AuthParts } from "../parts.ts";
import type { AuthSql } from "../read-models/tables.ts";
import type { UpstreamProvider } from "../upstream/upstream-provider.ts";

type KeptCredential = Static<typeof vaultV1.credentialsOf.response>["credentials"][number];

/** A server's need, with the provider that it is about. */
export interface Need {
  readonly server: ProtectedResource;
  readonly connection: NeededConnection;
  readonly provider: UpstreamProvider;
}

/** What a server needs; undefined for one that needs nothing. */
export const needOf = (config: Pick<AuthConfig, "resources" | "providers">, resource: string): Need | undefined => {
  const server = config.resources.find((each) => each.resource === resource);
  const provider = config.providers.find(({ id }) => id === server?.connection?.provider);
  return server?.connection === undefined || provider === undefined ? undefined : { server, connection: server.connection, provider };
};

/** Where a connection stands. `unlinked`: none, or one that was ended and is about to be forgotten. */
export type ConnectionStatus = "connected" | "expired" | "broken" | "outdated" | "unlinked";

export interface ConnectionState {
  readonly need: Need;
  readonly status: ConnectionStatus;
  /** Of a connected one that does not renew itself. */
  readonly expiresAt?: number;
}

const asksForAll = (linked: Connection, { connection }: Need): boolean => {
  const asked = linked.scope.split(" ");
  return connection.scopes.every((scope) => asked.includes(scope));
};

const statusOf = (need: Need, linked: Connection | undefined, kept: KeptCredential | undefined): ConnectionStatus => {
  if (linked === undefined || kept === undefined) return "unlinked";
  // By what was asked for: providers give scopes other names, and people may grant less.
  if (kept.status === "connected" && !asksForAll(linked, need)) return "outdated";
  return kept.status;
};

const linkedBy = (parts: AuthParts, subjectId: string): Promise<readonly Connection[]> =>
  parts.handle({ name: "read-connections", meta: { correlationId: "read", actor: "auth" } }, async (unit) => {
    const { state } = await unit.load(subjectDecider, subjectId);
    return state.status === "none" ? [] : state.connections;
  });

/** Whether a person's account at a provider is connected for a server, by auth's log. */
export const isLinked = (handle: CommandHandler, { subjectId, provider, resource }: { readonly subjectId: string; readonly provider: string; readonly resource: string }): Promise<boolean> =>
  handle({ name: "read-connections", meta: { correlationId: "read", actor: "auth" } }, async (unit) => {
    const { state } = await unit.load(subjectDecider, subjectId);
    return state.status === "seen" && state.connections.some((each) => each.provider === provider && each.resource === resource);
  });

/** How each of these needs is met for a person, by auth's log and the vault's word. Rejects when the vault does not answer. */
export const connectionStates = async (parts: AuthParts, subjectId: string, needs: readonly Need[]): Promise<readonly ConnectionState[]> => {
  if (needs.length === 0) return [];
  const linked = await linkedBy(parts, subjectId);
  const { credentials } = await parts.messenger.ask(vaultV1.credentialsOf, { subjectId });
  return needs.map((need) => {
    const { provider, server } = need;
    const id = credentialIdOf({ subjectId, resource: server.resource, provider: provider.id });
    const kept = credentials.find(({ facts }) => facts.credentialId === id);
    const link = linked.find((each) => each.provider === provider.id && each.resource === server.resource);
    const expiresAt = kept?.facts.refreshable === false ? kept.facts.expiresAt : undefined;
    return { need, status: statusOf(need, link, kept), ...(expiresAt === undefined ? {} : { expiresAt }) };
  });
};

/** The account that a server needs and a person has not connected, or not well enough. */
export const missingConnection = async (parts: AuthParts, subjectId: string, resource: string): Promise<Need | undefined> => {
  const need = needOf(parts.config, resource);
  if (need === undefined) return undefined;
  const [state] = await connectionStates(parts, subjectId, [need]);
  return state?.status === "connected" ? undefined : need;
};

/** Ends a person's connections: one server's, or all. Forgetting them follows from the log. */
export const unlink = async (unit: Unit, subjectId: string, of: { readonly resource?: string; readonly provider?: string; readonly reason: UnlinkReason }): Promise<void> => {
  await unit.execute(subjectDecider, subjectId, { type: "UnlinkConnection", ...of, now: unit.now });
};

const hasLivingGrant = async (sql: AuthSql, subjectId: string, resource: string, now: number): Promise<boolean> => {
  const row = await sql
    .selectFrom("rm_grants")
    .select("grant_id")
    .where("subject_id", "=", subjectId)
    .where("resource", "=", resource)
    .where("status", "=", "active")
    .where((eb) => eb.or([eb("refresh_expires_at", ">", now), eb("access_tokens_end_at", ">", now)]))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
};

/** The last access to a server was taken away: what was kept for it goes, too. */
export const unlinkUnused = async (unit: Unit, of: { readonly subjectId: SubjectId; readonly resource: string; readonly reason: UnlinkReason }): Promise<void> => {
  if (!(await hasLivingGrant(unit.sql, of.subjectId, of.resource, unit.now))) await unlink(unit, of.subjectId, { resource: of.resource, reason: of.reason });
};
