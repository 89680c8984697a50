import { AppError, type SubjectId } from "@mcp-auth-proxy/contracts";
import { fingerprint, type Secret, uuidv7 } from "@mcp-auth-proxy/crypto";
import type { Unit } from "@mcp-auth-proxy/event-store";
import { clientStreamKey } from "../clients/client-stream.ts";
import { waitingClient } from "../clients/find-client.ts";
import { findSubject, saveSubject } from "../custody/subjects.ts";
import { authorizationDecider, type IssuedCode } from "../domain/authorization.ts";
import { clientDecider } from "../domain/client.ts";
import { authorizationId, subjectId } from "../domain/ids.ts";
import { subjectDecider } from "../domain/subject.ts";
import type { AuthParts } from "../parts.ts";
import { closePending, findPending } from "../pending/authorizations.ts";
import { dropRegistration } from "../pending/registrations.ts";
import type { PendingRequest } from "../pending/request.ts";
import { mintAuthorizationCode } from "../tokens/authorization-code.ts";
import { formatScope } from "../validate/scope.ts";

/** Why no code was made although the password was right; nothing was changed then. */
export type Incomplete = "expired" | "unknown-client";
export type Completed = { readonly code: Secret<string> } | { readonly incomplete: Incomplete };

const must = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string }, what: string): T => {
  if (!result.ok) throw new AppError("conflict", `${what}: ${result.error}`);
  return result.value;
};

/** Fingerprints in place of values: the log must not tell where codes went, nor hold what a verifier answers to. */
export const redirectUriFingerprint = (pepper: Secret<Buffer>, uri: string): string => fingerprint(pepper, "redirect-uri", uri);
export const challengeFingerprint = (pepper: Secret<Buffer>, challenge: string): string => fingerprint(pepper, "code-challenge", challenge);

const seenSubject = async (parts: AuthParts, unit: Unit, login: string): Promise<SubjectId> => {
  const known = await findSubject(unit.sql, parts.keys, login);
  const id = known ?? subjectId(uuidv7(unit.now));
  if (known === undefined) await saveSubject(unit.sql, parts.keys, { subjectId: id, login, now: unit.now });
  must(await unit.execute(subjectDecider, id, { type: "SeeSubject", subjectId: id, now: unit.now }), "subject");
  return id;
};

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

/**
 * Consent and sign-in become facts, together and in one transaction: the pending row ends, the client is on the log
 * from its first time on, and the code exists. Before it, an anonymous caller has left nothing but rows that expire.
 */
export const completeSignIn = (
  parts: AuthParts,
  signedIn: { readonly pendingId: string; readonly login: string; readonly correlationId: string },
): Promise<Completed> => {
  const { keys, clock } = parts;
  const id = authorizationId(uuidv7(clock.now()));
  const minted = mintAuthorizationCode(keys.pepper, id);
  const meta = { correlationId: signedIn.correlationId, actor: "owner" };
  return parts.handle({ name: "complete-sign-in", meta }, async (unit): Promise<Completed> => {
    const { sql, now } = unit;
    const pending = await findPending(sql, keys, signedIn.pendingId, now);
    if (pending?.approval === undefined) return { incomplete: "expired" };
    const { request, approval } = pending;
    const client = await waitingClient(parts, sql, request, now);
    if (client === undefined) return { incomplete: "unknown-client" };
    await closePending(sql, keys, signedIn.pendingId);
    if (client.registeredAt !== undefined) {
      const confirmation = { type: "ConfirmClient", clientId: client.clientId, issuedAt: client.registeredAt, facts: client.facts } as const;
      must(await unit.execute(clientDecider, clientStreamKey(client.clientId), confirmation), "client");
      await dropRegistration(sql, client.clientId);
    }
    const subject = await seenSubject(parts, unit, signedIn.login);
    const consent = { clientId: client.clientId, resource: request.resource, scope: formatScope(request.scopes) };
    const code = issuedCode(parts, request, minted.fingerprint, now);
    const command = { type: "CompleteAuthorization", consent, consentedAt: approval.consentedAt, subjectId: subject, code, now } as const;
    must(await unit.execute(authorizationDecider, id, command), "authorization");
    return { code: minted.code };
  });
};
