import { ok, type Result } from "@mcp-auth-proxy/contracts";
import { decrypt, deriveKey, encrypt, fingerprint, randomToken } from "@mcp-auth-proxy/crypto";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import type { AuthKeys } from "../custody/keys.ts";
import type { QuotaExceeded, RegistrationQuota } from "../ports/registrations.ts";
import type { AuthSql } from "../read-models/tables.ts";
import { withinQuota } from "./quota.ts";
import { parsePendingRequest, type PendingRequest } from "./request.ts";

/** An authorization request between its arrival and its code. */
export interface PendingAuthorization {
  readonly request: PendingRequest;
  readonly csrfFingerprint: string;
  /** Set when the consent was given, with the browser that gave it. */
  readonly approval?: { readonly bindingFingerprint: string; readonly consentedAt: number };
}

const rowKey = (keys: AuthKeys, id: string): string => fingerprint(keys.pepper, "pending-authorization", id);

// Closed under the id itself, which only the browser has: a copy of the database tells no `state` and no challenge.
const requestKey = (id: string): Buffer => deriveKey(Buffer.from(id, "utf8"), "pending-authorization v1");
const sealRequest = (id: string, request: PendingRequest): string =>
  encrypt(requestKey(id), Buffer.from(JSON.stringify(request), "utf8"), "pending-authorization");
const openRequest = (id: string, sealed: string): PendingRequest =>
  parsePendingRequest(decrypt(requestKey(id), sealed, "pending-authorization").toString("utf8"));

/** A cookie as the row remembers it. */
export const cookieFingerprint = (keys: AuthKeys, purpose: "csrf" | "binding", value: string): string =>
  fingerprint(keys.formKey, `${purpose}-cookie`, value);

/** Keeps a checked request. Answers with its id, and the cookie that ties the consent page to this browser. */
export const openPending = (
  store: EventStore,
  keys: AuthKeys,
  opened: { readonly request: PendingRequest; readonly address: string; readonly quota: RegistrationQuota; readonly now: number; readonly ttlMs: number; readonly csrfBytes: number },
): Promise<Result<{ readonly id: string; readonly csrfCookie: string }, QuotaExceeded>> =>
  store.transact(async (transaction) => {
    const sql: AuthSql = transaction.sql;
    const addressFingerprint = fingerprint(keys.pepper, "address", opened.address);
    const room = await withinQuota(sql, "tt_authorizations", { addressFingerprint, quota: opened.quota, now: opened.now });
    if (!room.ok) return room;
    const id = randomToken(32);
    const csrfCookie = randomToken(opened.csrfBytes);
    await sql
      .insertInto("tt_authorizations")
      .values({
        id_fingerprint: rowKey(keys, id),
        address_fingerprint: addressFingerprint,
        csrf_fingerprint: cookieFingerprint(keys, "csrf", csrfCookie),
        sealed_request: sealRequest(id, opened.request),
        binding_fingerprint: null,
        consented_at: null,
        created_at: opened.now,
        expires_at: opened.now + opened.ttlMs,
      })
      .execute();
    return ok({ id, csrfCookie });
  });

export const findPending = async (sql: AuthSql, keys: AuthKeys, id: string, now: number): Promise<PendingAuthorization | undefined> => {
  const row = await sql.selectFrom("tt_authorizations").selectAll().where("id_fingerprint", "=", rowKey(keys, id)).where("expires_at", ">", now).executeTakeFirst();
  if (row === undefined) return undefined;
  const { binding_fingerprint: bindingFingerprint, consented_at: consentedAt } = row;
  const approval = bindingFingerprint === null || consentedAt === null ? {} : { approval: { bindingFingerprint, consentedAt } };
  return { request: openRequest(id, row.sealed_request), csrfFingerprint: row.csrf_fingerprint, ...approval };
};

/** Records the consent, as it was narrowed, and the browser that gave it. Answers with the binding cookie, which exists only from now on (A02). */
export const approvePending = (store: EventStore, keys: AuthKeys, id: string, approved: { readonly request: PendingRequest; readonly now: number }): Promise<string> =>
  store.transact(async (transaction) => {
    const sql: AuthSql = transaction.sql;
    const bindingCookie = randomToken(32);
    await sql
      .updateTable("tt_authorizations")
      .set({ binding_fingerprint: cookieFingerprint(keys, "binding", bindingCookie), consented_at: approved.now, sealed_request: sealRequest(id, approved.request) })
      .where("id_fingerprint", "=", rowKey(keys, id))
      .execute();
    return bindingCookie;
  });

/** Ends it, once: says whether it was there. */
export const closePending = async (sql: AuthSql, keys: AuthKeys, id: string): Promise<boolean> => {
  const closed = await sql.deleteFrom("tt_authorizations").where("id_fingerprint", "=", rowKey(keys, id)).returning("id_fingerprint").execute();
  return closed.length > 0;
};
