import { AppError, type Clock } from "@mcp-auth-proxy/contracts";
import { fingerprint } from "@mcp-auth-proxy/crypto";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import { Type } from "typebox";
import { Value } from "typebox/value";
import type { AuthKeys } from "../custody/keys.ts";
import { clientId } from "../domain/ids.ts";
import type { Registrations, UnconfirmedRegistration } from "../ports/registrations.ts";
import { ClientAuthentication } from "../read-models/client-facts.ts";
import type { AuthSql } from "../read-models/tables.ts";
import { withinQuota } from "./quota.ts";

const Row = Type.Object({
  clientName: Type.Optional(Type.String()),
  redirectUris: Type.Array(Type.String()),
  grantTypes: Type.Array(Type.Union([Type.Literal("authorization_code"), Type.Literal("refresh_token")])),
  responseTypes: Type.Tuple([Type.Literal("code")]),
  tokenEndpointAuthMethod: Type.Union([Type.Literal("none"), Type.Literal("client_secret_basic"), Type.Literal("client_secret_post"), Type.Literal("private_key_jwt")]),
  authentication: Type.Optional(ClientAuthentication),
  scope: Type.String(),
  applicationType: Type.Optional(Type.Union([Type.Literal("native"), Type.Literal("web")])),
});

/** The address was kept as a fingerprint and does not come back. */
export type WaitingClient = Omit<UnconfirmedRegistration, "address">;

export const findRegistration = async (sql: AuthSql, id: string, now: number): Promise<WaitingClient | undefined> => {
  const row = await sql.selectFrom("tt_registrations").selectAll().where("client_id", "=", id).where("expires_at", ">", now).executeTakeFirst();
  if (row === undefined) return undefined;
  const value: unknown = JSON.parse(row.metadata);
  if (!Value.Check(Row, value)) throw new AppError("internal", "a registration row does not hold client metadata");
  const { authentication, ...metadata } = value;
  return {
    clientId: clientId(row.client_id),
    metadata,
    ...(authentication === undefined ? {} : { authentication }),
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
  };
};

/** The client is on the log now, or was given up. */
export const dropRegistration = async (sql: AuthSql, id: string): Promise<void> => {
  await sql.deleteFrom("tt_registrations").where("client_id", "=", id).execute();
};

export const createRegistrations = (dependencies: { readonly store: EventStore; readonly keys: AuthKeys; readonly clock: Clock }): Registrations => {
  const { store, keys, clock } = dependencies;
  return {
    save: ({ clientId: id, metadata: { keys: _keys, ...metadata }, authentication, issuedAt, expiresAt, address }, quota) =>
      store.transact(async (transaction) => {
        const sql: AuthSql = transaction.sql;
        const addressFingerprint = fingerprint(keys.pepper, "address", address);
        const room = await withinQuota(sql, "tt_registrations", { addressFingerprint, quota, now: clock.now() });
        if (!room.ok) return room;
        await sql
          .insertInto("tt_registrations")
          .values({ client_id: id, address_fingerprint: addressFingerprint, metadata: JSON.stringify({ ...metadata, authentication }), issued_at: issuedAt, expires_at: expiresAt })
          .execute();
        return room;
      }),
    find: (id) => findRegistration(store.sql, id, clock.now()),
  };
};
