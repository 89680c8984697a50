import { AppError, ok, type Result } from "@mcp-auth-proxy/contracts";
import { decrypt, deriveKey, encrypt, fingerprint } from "@mcp-auth-proxy/crypto";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import { Type, type Static } from "typebox";
import { Value } from "typebox/value";
import type { AuthKeys } from "../custody/keys.ts";
import type { QuotaExceeded, RegistrationQuota } from "../ports/registrations.ts";
import type { AuthSql } from "../read-models/tables.ts";
import { withinQuota } from "./quota.ts";

/** Somebody who is signed in already, by a session that has to live until they come back. */
const VisitPerson = Type.Object({
  subjectId: Type.String(),
  sessionId: Type.String(),
  method: Type.Union([Type.Literal("password"), Type.Literal("provider"), Type.Literal("session")]),
  provider: Type.Optional(Type.String()),
});

/** A browser that we sent to a provider, until it comes back. Made after the consent, or at a person's own account page. */
export const Visit = Type.Object({
  provider: Type.String(),
  /** The redirect URI that the provider was given. */
  redirectUri: Type.String(),
  /** The server that the tokens are kept for; none: they are not kept. */
  resource: Type.Optional(Type.String()),
  /** All scopes that were asked for, space separated. */
  scope: Type.String(),
  askedConsent: Type.Boolean(),
  nonce: Type.String(),
  verifier: Type.String(),
  /** Names the cookie that binds it to its browser. */
  cookieId: Type.String(),
  purpose: Type.Union([Type.Object({ kind: Type.Literal("authorization"), pendingId: Type.String() }), Type.Object({ kind: Type.Literal("account") })]),
  /** Absent: the visit is the sign-in. */
  person: Type.Optional(VisitPerson),
});
export type Visit = Readonly<Static<typeof Visit>>;
export type VisitPerson = Readonly<Static<typeof VisitPerson>>;

export interface FoundVisit {
  readonly visit: Visit;
  readonly bindingFingerprint: string;
}

const rowKey = (keys: AuthKeys, state: string): string => fingerprint(keys.pepper, "upstream-state", state);
// Closed under the state itself: a copy of the database tells no verifier.
const visitKey = (state: string): Buffer => deriveKey(Buffer.from(state, "utf8"), "upstream-visit v1");

const parseVisit = (text: string): Visit => {
  const value: unknown = JSON.parse(text);
  if (!Value.Check(Visit, value)) throw new AppError("internal", "a row does not hold a visit");
  return value;
};

/** Keeps a visit. A browser transaction has one at a time: its last `state` counts. */
export const openVisit = (
  store: EventStore,
  keys: AuthKeys,
  opened: {
    readonly state: string;
    readonly visit: Visit;
    readonly bindingFingerprint: string;
    readonly address: string;
    readonly quota: RegistrationQuota;
    readonly now: number;
    readonly ttlMs: number;
  },
): Promise<Result<undefined, QuotaExceeded>> =>
  store.transact(async (transaction) => {
    const sql: AuthSql = transaction.sql;
    const { state, bindingFingerprint, now } = opened;
    await sql.deleteFrom("tt_upstream_visits").where("binding_fingerprint", "=", bindingFingerprint).execute();
    const addressFingerprint = fingerprint(keys.pepper, "address", opened.address);
    const room = await withinQuota(sql, "tt_upstream_visits", { addressFingerprint, quota: opened.quota, now });
    if (!room.ok) return room;
    await sql
      .insertInto("tt_upstream_visits")
      .values({
        state_fingerprint: rowKey(keys, state),
        binding_fingerprint: bindingFingerprint,
        address_fingerprint: addressFingerprint,
        sealed_visit: encrypt(visitKey(state), Buffer.from(JSON.stringify(opened.visit), "utf8"), "upstream-visit"),
        created_at: now,
        expires_at: now + opened.ttlMs,
      })
      .execute();
    return ok(undefined);
  });

export const findVisit = async (sql: AuthSql, keys: AuthKeys, state: string, now: number): Promise<FoundVisit | undefined> => {
  const row = await sql.selectFrom("tt_upstream_visits").select(["binding_fingerprint", "sealed_visit"]).where("state_fingerprint", "=", rowKey(keys, state)).where("expires_at", ">", now).executeTakeFirst();
  if (row === undefined) return undefined;
  return { visit: parseVisit(decrypt(visitKey(state), row.sealed_visit, "upstream-visit").toString("utf8")), bindingFingerprint: row.binding_fingerprint };
};

/** Uses it up, once: says whether it was there. */
export const closeVisit = (store: EventStore, keys: AuthKeys, state: string): Promise<boolean> =>
  store.transact(async (transaction) => {
    const sql: AuthSql = transaction.sql;
    const closed = await sql.deleteFrom("tt_upstream_visits").where("state_fingerprint", "=", rowKey(keys, state)).returning("state_fingerprint").execute();
    return closed.length > 0;
  });
