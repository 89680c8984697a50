import { fingerprint, sha256 } from "@mcp-auth-proxy/crypto";
import type { AuthKeys } from "../custody/keys.ts";
import type { ClientFacts } from "../domain/client.ts";
import type { AuthSql } from "../read-models/tables.ts";
import type { AccessOf } from "./access-of.ts";

/** Who agreed to what client, for which server and way back. A client that says something else of itself is another one (A7.6). */
export interface ConsentTerms {
  readonly subjectId: string;
  readonly clientId: string;
  readonly facts: ClientFacts;
  readonly resource: string;
  readonly redirectUri: string;
}

export interface RememberedConsent {
  readonly scopes: readonly string[];
  readonly consentedAt: number;
}

/** A loopback client listens at another port each time (RFC 8252 section 7.3): the port says nothing about who it is. */
const withoutLoopbackPort = (uri: string): string => uri.replace(/^(http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])):\d+(?=[/?]|$)/, "$1");

const redirectUriKey = (keys: AuthKeys, uri: string): string => fingerprint(keys.pepper, "consent-redirect-uri", withoutLoopbackPort(uri));

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => [name, sorted(each)]));
};

/** The same for the same facts, in whatever order they are kept. */
export const factsHash = (facts: ClientFacts): string => sha256(JSON.stringify(sorted(facts)));

/** What this person agreed to on exactly these terms; undefined where anything of them changed, or it is too long ago. */
export const rememberedConsent = async (sql: AuthSql, keys: AuthKeys, terms: ConsentTerms, now: number): Promise<RememberedConsent | undefined> => {
  const row = await sql
    .selectFrom("cx_consents")
    .select(["scope", "consented_at"])
    .where("subject_id", "=", terms.subjectId)
    .where("client_id", "=", terms.clientId)
    .where("resource", "=", terms.resource)
    .where("redirect_uri_fingerprint", "=", redirectUriKey(keys, terms.redirectUri))
    .where("facts_hash", "=", factsHash(terms.facts))
    .where("expires_at", ">", now)
    .executeTakeFirst();
  return row === undefined ? undefined : { scopes: row.scope.split(" "), consentedAt: row.consented_at };
};

/** What was asked now is decided now; what was agreed to before and not asked about stays agreed to. */
export const rememberConsent = async (
  sql: AuthSql,
  keys: AuthKeys,
  terms: ConsentTerms,
  decided: { readonly granted: readonly string[]; readonly declined: readonly string[]; readonly consentedAt: number; readonly now: number; readonly ttlMs: number },
): Promise<void> => {
  const before = await rememberedConsent(sql, keys, terms, decided.now);
  const kept = (before?.scopes ?? []).filter((scope) => !decided.declined.includes(scope));
  const row = {
    facts_hash: factsHash(terms.facts),
    scope: [...new Set([...decided.granted, ...kept])].join(" "),
    consented_at: decided.consentedAt,
    expires_at: decided.now + decided.ttlMs,
  };
  await sql
    .insertInto("cx_consents")
    .values({ subject_id: terms.subjectId, client_id: terms.clientId, resource: terms.resource, redirect_uri_fingerprint: redirectUriKey(keys, terms.redirectUri), ...row })
    .onConflict((conflict) => conflict.columns(["subject_id", "client_id", "resource", "redirect_uri_fingerprint"]).doUpdateSet(row))
    .execute();
};

/** Whoever takes access away is asked again: a consent that outlived it would give it back unseen. */
export const forgetConsents = async (sql: AuthSql, of: AccessOf): Promise<void> => {
  let forgotten = sql.deleteFrom("cx_consents");
  if (of.subjectId !== undefined) forgotten = forgotten.where("subject_id", "=", of.subjectId);
  if (of.clientId !== undefined) forgotten = forgotten.where("client_id", "=", of.clientId);
  if (of.resource !== undefined) forgotten = forgotten.where("resource", "=", of.resource);
  await forgotten.execute();
};
