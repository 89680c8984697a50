import type { SubjectId } from "@mcp-auth-proxy/contracts";
import type { Secret } from "@mcp-auth-proxy/crypto";
import type { Unit } from "@mcp-auth-proxy/event-store";
import { seenIdentity, seenSubject } from "../accounts/seen-subject.ts";
import { dropSession, findSession, isLivingSession, startSession, type StartedSession } from "../accounts/sessions.ts";
import type { Authentication } from "../domain/authorization.ts";
import { subjectId } from "../domain/ids.ts";
import type { AuthParts } from "../parts.ts";
import type { VisitPerson } from "../pending/visits.ts";
import type { UpstreamIdentity } from "../upstream/upstream-client.ts";

/** What a sign-in starts: a session, in place of the one that this browser had. */
interface NewSession {
  readonly browser: string;
  readonly replacedCookie: string;
}

/** A right password, or an account at a provider: proof that was just given. */
export type Proof =
  | (NewSession & { readonly method: "password"; readonly login: string })
  | (NewSession & { readonly method: "provider"; readonly provider: string; readonly identity: UpstreamIdentity });

/** `session`: by its cookie. `known`: by the name of a session whose cookie can not be here (SameSite=Strict, back from a provider). */
export type SignedInBy = Proof | { readonly method: "session"; readonly cookie: string } | { readonly method: "known"; readonly person: VisitPerson };

/** Who is on record as having done it, as far as it is known before the transaction: never a name. */
export const actorOf = (by: SignedInBy): string => {
  if (by.method === "known") return by.person.subjectId;
  return by.method === "password" ? "owner" : "person";
};

/** A person who is signed in, inside the transaction that needs them. */
export interface Person {
  readonly subjectId: SubjectId;
  readonly authentication: Authentication;
  readonly started?: StartedSession;
}

const begin = async (parts: AuthParts, unit: Unit, id: SubjectId, { browser, replacedCookie }: NewSession): Promise<StartedSession> => {
  await dropSession(unit.sql, parts.keys, replacedCookie);
  return startSession(unit.sql, parts.keys, { subjectId: id, browser, now: unit.now, times: parts.config.session });
};

/** Who it is; undefined where the session is gone. Call it in the transaction that needs them. */
export const personOf = async (parts: AuthParts, unit: Unit, by: SignedInBy): Promise<Person | undefined> => {
  const { sql, now } = unit;
  switch (by.method) {
    case "session": {
      const session = await findSession(sql, parts.keys, by.cookie, now);
      return session === undefined ? undefined : { subjectId: session.subjectId, authentication: { method: "session" } };
    }
    case "known": {
      const { person } = by;
      const { method, provider } = person;
      if (!(await isLivingSession(sql, person, now))) return undefined;
      return { subjectId: subjectId(person.subjectId), authentication: provider === undefined ? { method } : { method, provider } };
    }
    case "password": {
      const id = await seenSubject(parts.keys, unit, by.login);
      return { subjectId: id, authentication: { method: "password" }, started: await begin(parts, unit, id, by) };
    }
    case "provider": {
      const id = await seenIdentity(parts.keys, unit, by.identity);
      return { subjectId: id, authentication: { method: "provider", provider: by.provider }, started: await begin(parts, unit, id, by) };
    }
    default:
      return by satisfies never;
  }
};

/** A new session, and who is signed in by it. */
export interface SignedIn {
  readonly cookie: Secret<string>;
  readonly person: VisitPerson;
}

/** A proof becomes a session; no app gets anything by it. */
export const signIn = (parts: AuthParts, proof: Proof, correlationId: string): Promise<SignedIn | undefined> =>
  parts.handle({ name: "start-session", meta: { correlationId, actor: actorOf(proof) } }, async (unit) => {
    const person = await personOf(parts, unit, proof);
    if (person?.started === undefined) return undefined;
    const { cookie, sessionId } = person.started;
    return { cookie, person: { subjectId: person.subjectId, sessionId, ...person.authentication } };
  });
