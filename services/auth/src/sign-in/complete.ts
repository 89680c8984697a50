import { AppError, type SubjectId } from "@mcp-auth-proxy/contracts";
import { fingerprint, type Secret, uuidv7 } from "@mcp-auth-proxy/crypto";
import type { Unit } from "@mcp-auth-proxy/event-store";
import { type ConsentTerms, rememberConsent, rememberedConsent } from "../accounts/consents.ts";
import { accessOfSubject } from "../accounts/subject-access.ts";
import { clientStreamKey } from "../clients/client-stream.ts";
import { waitingClient } from "../clients/find-client.ts";
import type { KnownClient } from "../clients/known-client.ts";
import { authorizationDecider, type IssuedCode } from "../domain/authorization.ts";
import { clientDecider } from "../domain/client.ts";
import { authorizationId } from "../domain/ids.ts";
import type { AuthParts } from "../parts.ts";
import { closePending, findPending } from "../pending/authorizations.ts";
import { openCode } from "../pending/open-codes.ts";
import { dropRegistration } from "../pending/registrations.ts";
import type { PendingRequest } from "../pending/request.ts";
import { mintAuthorizationCode } from "../tokens/authorization-code.ts";
import { formatScope } from "../validate/scope.ts";
import { actorOf, type Person, personOf, type SignedInBy } from "./person.ts";

/** Why no code was made. `signed-out`: the session ended meanwhile. `refused`: by the rules of now, this person may not use this server. */
export type Incomplete = "expired" | "unknown-client" | "signed-out" | "refused";
export type Completed =
  | { readonly code: Secret<string>; readonly sessionCookie?: Secret<string> }
  | { readonly incomplete: Incomplete };

const must = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string }, what: string): T => {
  if (!result.ok) throw new AppError("conflict", `${what}: ${result.error}`);
  return result.value;
};

/** Fingerprints in place of values: the log must not tell where codes went, nor hold what a verifier answers to. */
export const redirectUriFingerprint = (pepper: Secret<Buffer>, uri: string): string => fingerprint(pepper, "redirect-uri", uri);
export const challengeFingerprint = (pepper: Secret<Buffer>, challenge: string): string => fingerprint(pepper, "code-challenge", challenge);

const issuedCode = (parts: AuthParts, request: PendingRequest, codeFingerprint: string, now: number): IssuedCode => {
  const { pepper } = parts.keys;
  const { challenge } = request;
  return {
    codeFingerprint,
    redirectUriFingerprint: redirectUriFingerprint(pepper, request.redirectUri),
    expiresAt: now + parts.config.authorizationCodeTtlMs,
    ...(challenge === undefined
      ? {}
      : { challenge: { method: challenge.method, fingerprint: challengeFingerprint(pepper, challenge.challenge) } }),
  };
};

/** A client is on the log from its first completed authorization on. */
const confirmClient = async (unit: Unit, client: KnownClient): Promise<void> => {
  if (client.registeredAt === undefined) return;
  const confirmation = { type: "ConfirmClient", clientId: client.clientId, issuedAt: client.registeredAt, facts: client.facts } as const;
  must(await unit.execute(clientDecider, clientStreamKey(client.clientId), confirmation), "client");
  await dropRegistration(unit.sql, client.clientId);
};

/** What this person agrees to, and what a later request is held against. */
export const consentTerms = ({ subjectId }: { readonly subjectId: SubjectId }, client: KnownClient, request: PendingRequest): ConsentTerms => ({
  subjectId,
  clientId: client.clientId,
  facts: client.facts,
  resource: request.resource,
  redirectUri: request.redirectUri,
});

/** What was consented to, by whom it is done and when. */
interface Conclusion {
  readonly client: KnownClient;
  readonly request: PendingRequest;
  readonly consentedAt: number;
  readonly person: Person;
}

const declinedIn = ({ declinedScopes = [] }: PendingRequest): { readonly declinedScope?: string } =>
  declinedScopes.length === 0 ? {} : { declinedScope: formatScope(declinedScopes) };

const conclude = async (parts: AuthParts, unit: Unit, { client, request, consentedAt, person }: Conclusion): Promise<Completed> => {
  const { now } = unit;
  await confirmClient(unit, client);
  const id = authorizationId(uuidv7(now));
  const minted = mintAuthorizationCode(parts.keys.pepper, id);
  const { subjectId, authentication, started } = person;
  const consent = { clientId: client.clientId, resource: request.resource, scope: formatScope(request.scopes), ...declinedIn(request) };
  const code = issuedCode(parts, request, minted.fingerprint, now);
  must(await unit.execute(authorizationDecider, id, { type: "CompleteAuthorization", consent, consentedAt, subjectId, authentication, code, now }), "authorization");
  await openCode(unit.sql, { authorizationId: id, subjectId, clientId: client.clientId, resource: request.resource, expiresAt: code.expiresAt });
  return { code: minted.code, ...(started === undefined ? {} : { sessionCookie: started.cookie }) };
};

/**
 * Consent and sign-in become facts, together and in one transaction: the pending row ends, the client is on the log
 * from its first time on, and the code exists. Before it, an anonymous caller has left nothing but rows that expire.
 */
export const completeSignIn = (
  parts: AuthParts,
  signedIn: { readonly pendingId: string; readonly by: SignedInBy; readonly correlationId: string },
): Promise<Completed> => {
  const { keys } = parts;
  const meta = { correlationId: signedIn.correlationId, actor: actorOf(signedIn.by) };
  return parts.handle({ name: "complete-sign-in", meta }, async (unit): Promise<Completed> => {
    const pending = await findPending(unit.sql, keys, signedIn.pendingId, unit.now);
    if (pending?.approval === undefined) return { incomplete: "expired" };
    const { request, approval } = pending;
    const client = await waitingClient(parts, unit.sql, request, unit.now);
    if (client === undefined) return { incomplete: "unknown-client" };
    const person = await personOf(parts, unit, signedIn.by);
    if (person === undefined) return { incomplete: "signed-out" };
    if ((await accessOfSubject(parts, unit.sql, person.subjectId, request.resource)) !== "allowed") return { incomplete: "refused" };
    await closePending(unit.sql, keys, signedIn.pendingId);
    const { consentedAt } = approval;
    const decided = { granted: request.scopes, declined: request.declinedScopes ?? [], consentedAt, now: unit.now, ttlMs: parts.config.refreshTokenTtlMs };
    await rememberConsent(unit.sql, keys, consentTerms(person, client, request), decided);
    return conclude(parts, unit, { client, request, consentedAt, person });
  });
};

/**
 * The same without a question, where session and consent are both there. Undefined where one of them is not, or not
 * any more: the person is asked then.
 */
export const completeRemembered = (
  parts: AuthParts,
  asked: { readonly request: PendingRequest; readonly cookie: string; readonly subjectId: string; readonly correlationId: string },
): Promise<Secret<string> | undefined> => {
  const { request, correlationId } = asked;
  return parts.handle({ name: "complete-remembered", meta: { correlationId, actor: asked.subjectId } }, async (unit) => {
    const { sql, now } = unit;
    const client = await waitingClient(parts, sql, request, now);
    const person = await personOf(parts, unit, { method: "session", cookie: asked.cookie });
    if (client === undefined || person === undefined) return undefined;
    if ((await accessOfSubject(parts, sql, person.subjectId, request.resource)) !== "allowed") return undefined;
    const remembered = await rememberedConsent(sql, parts.keys, consentTerms(person, client, request), now);
    if (remembered === undefined || !request.scopes.every((scope) => remembered.scopes.includes(scope))) return undefined;
    const completed = await conclude(parts, unit, { client, request, consentedAt: remembered.consentedAt, person });
    return "code" in completed ? completed.code : undefined;
  });
};
