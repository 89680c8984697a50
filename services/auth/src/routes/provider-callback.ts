import { AppError } from "@mcp-auth-proxy/contracts";
import { constantTimeEqual } from "@mcp-auth-proxy/crypto";
import { queryParameters } from "@mcp-auth-proxy/http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { needOf } from "../accounts/connections.ts";
import { providerLogin } from "../accounts/seen-subject.ts";
import { isLivingSession } from "../accounts/sessions.ts";
import { findSubject, personalDataOf } from "../custody/subjects.ts";
import { subjectId } from "../domain/ids.ts";
import type { AuthParts } from "../parts.ts";
import { cookieFingerprint, findPending } from "../pending/authorizations.ts";
import { closeVisit, findVisit, type Visit, type VisitPerson } from "../pending/visits.ts";
import { keepCredential } from "../sign-in/keep-credential.ts";
import { signIn } from "../sign-in/person.ts";
import type { Redeemed, UpstreamClient } from "../upstream/upstream-client.ts";
import { UpstreamError, type UpstreamFailure } from "../upstream/upstream-error.ts";
import type { UpstreamProvider } from "../upstream/upstream-provider.ts";
import { browserLabel } from "../validate/browser-label.ts";
import { decideAccess } from "../validate/access-rules.ts";
import type { ProviderProblem } from "../views/models.ts";
import { renderOnward } from "../views/onward.ts";
import { basePath } from "./base-path.ts";
import { goOn } from "./go-on.ts";
import { PageError } from "./page-error.ts";
import { languageOf, sendPage } from "./pages.ts";
import { sendProviderProblem } from "./provider-problem.ts";
import { leaveForProvider } from "./provider-visit.ts";
import { setKnownBrowser } from "./request-source.ts";
import { sessionCookie, setSessionCookie } from "./session-cookie.ts";
import { clearTransactionCookies, transactionCookie } from "./transaction-cookies.ts";

/** A visit that this browser came back from. */
interface Return {
  readonly visit: Visit;
  readonly state: string;
  readonly provider: UpstreamProvider;
  readonly client: UpstreamClient;
  readonly bindingCookie: string;
}

const problemOf: Readonly<Record<UpstreamFailure, ProviderProblem>> = { unavailable: "unavailable", declined: "declined", refused: "failed", invalid: "failed" };

/** What stops a callback, and has a page that leads on. */
class Stopped extends Error {
  readonly problem: ProviderProblem;
  readonly account: string | undefined;

  constructor(problem: ProviderProblem, account?: string) {
    super(problem);
    this.name = "Stopped";
    this.problem = problem;
    this.account = account;
  }
}

/** The visit of a `state`, in the browser that it was made for, at the address that its provider was given (A02, A04). */
const requireReturn = async (parts: AuthParts, request: FastifyRequest, state: string, path: string): Promise<Return> => {
  const { config, keys, clock, store } = parts;
  const found = await findVisit(store.sql, keys, state, clock.now());
  if (found === undefined) throw new PageError("expired", "no visit of this state");
  const { visit, bindingFingerprint } = found;
  const bindingCookie = transactionCookie(request, "binding", visit.cookieId, config);
  if (!constantTimeEqual(cookieFingerprint(keys, "binding", bindingCookie), bindingFingerprint)) throw new PageError("other-browser", "the visit belongs to another browser");
  if (new URL(visit.redirectUri).pathname !== path) throw new PageError("bad-request", "the callback of another provider");
  const provider = config.providers.find(({ id }) => id === visit.provider);
  if (provider === undefined) throw new PageError("expired", "its provider is not configured any more");
  const own = visit.person === undefined || visit.resource === undefined ? undefined : needOf(config, visit.resource)?.connection.client;
  return { visit, state, provider, client: parts.upstream.clientOf(provider, own), bindingCookie };
};

/** Once: whoever comes second with the same state finds nothing. */
const useUp = async ({ store, keys }: AuthParts, { state }: Return): Promise<void> => {
  if (!(await closeVisit(store, keys, state))) throw new PageError("expired", "the state was used before");
};

const redeem = async (parts: AuthParts, request: FastifyRequest, { visit, state, client, provider }: Return, parameters: ReadonlyMap<string, string>): Promise<Redeemed> => {
  const callback = new URL(visit.redirectUri);
  for (const [name, value] of parameters) callback.searchParams.append(name, value);
  try {
    return await client.redeem(callback, { state, nonce: visit.nonce, verifier: visit.verifier });
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    parts.log.warn({ err: error, reference: request.id, provider: provider.id }, "a visit at a provider failed");
    throw new Stopped(problemOf[error.failure]);
  }
};

const record = (parts: AuthParts, request: FastifyRequest, kind: "sign-in-passed" | "sign-in-refused", provider: string): Promise<void> =>
  parts.audit.record({ kind, at: parts.clock.now(), facts: { actor: "anonymous", correlationId: request.id, provider } });

/** Somebody new in this browser: let in by the rules or not, then a session, in place of the one it had. */
const requireSignIn = async (parts: AuthParts, request: FastifyRequest, reply: FastifyReply, { visit, provider }: Return, { identity }: Redeemed, resource: string | undefined): Promise<VisitPerson> => {
  const decision = decideAccess(parts.config, identity.facts, resource);
  if (decision !== "allowed") {
    await record(parts, request, "sign-in-refused", provider.id);
    throw new Stopped(decision === "server" ? "not-for-server" : "not-allowed", identity.name);
  }
  const proof = { method: "provider", provider: visit.provider, identity, browser: browserLabel(request.headers["user-agent"]), replacedCookie: sessionCookie(request, parts.config) } as const;
  const signedIn = await signIn(parts, proof, request.id);
  if (signedIn === undefined) throw new AppError("internal", "a sign-in started no session");
  await record(parts, request, "sign-in-passed", provider.id);
  setSessionCookie(reply, signedIn.cookie, parts.config);
  await setKnownBrowser(parts, request, reply);
  parts.log.info({ reference: request.id, provider: provider.id }, "signed in");
  return signedIn.person;
};

/** Still signed in; and with the account they sign in with, where it is one of the same provider: nobody's server gets a neighbour's mail. */
const requireSamePerson = async ({ store, keys, clock, config }: AuthParts, person: VisitPerson, { visit, provider }: Return, { identity }: Redeemed): Promise<void> => {
  if (!(await isLivingSession(store.sql, person, clock.now()))) throw new PageError("expired", "the session ended meanwhile");
  const data = await personalDataOf(store.sql, keys, subjectId(person.subjectId));
  const ownClient = visit.resource !== undefined && needOf(config, visit.resource)?.connection.client !== undefined;
  // To another client of ours a provider may name the same account by another id.
  if (data?.facts?.provider !== provider.id || ownClient) return;
  if ((await findSubject(store.sql, keys, providerLogin(identity))) !== person.subjectId) throw new Stopped("other-account", identity.name);
};

/** Keeps what the provider gave, where a server needs it. Says whether asking for consent again would make it last. */
const keep = async (parts: AuthParts, request: FastifyRequest, { visit, provider, client }: Return, { tokenResponse, receivedAt }: Redeemed, person: VisitPerson): Promise<"done" | "ask-again"> => {
  if (visit.resource === undefined) return "done";
  const given = { subjectId: person.subjectId, resource: visit.resource, provider: provider.id, scope: visit.scope, tokenResponse, receivedAt, correlationId: request.id };
  const kept = await keepCredential(parts, given);
  if (kept === undefined) throw new Stopped("not-stored");
  return !kept.renews && !visit.askedConsent && (await client.refreshesAfterConsent()) ? "ask-again" : "done";
};

/** To the account page, from a page of ours: a Strict session is not sent where another site leads. */
const toAccount = (parts: AuthParts, request: FastifyRequest, reply: FastifyReply, cookieId: string): FastifyReply => {
  clearTransactionCookies(reply, cookieId, parts.config);
  return sendPage(reply, 200, renderOnward({ language: languageOf(request), target: `${basePath(parts.config.issuer)}/account` }));
};

const answer = async (parts: AuthParts, request: FastifyRequest, reply: FastifyReply, back: Return, parameters: ReadonlyMap<string, string>): Promise<FastifyReply> => {
  const { visit, provider, bindingCookie } = back;
  const { purpose, cookieId } = visit;
  const pending = purpose.kind === "authorization" ? await findPending(parts.store.sql, parts.keys, purpose.pendingId, parts.clock.now()) : undefined;
  if (purpose.kind === "authorization" && pending?.approval === undefined) throw new PageError("expired", "its authorization ended meanwhile");
  const redeemed = await redeem(parts, request, back, parameters);
  if (visit.person !== undefined) await requireSamePerson(parts, visit.person, back, redeemed);
  const person = visit.person ?? (await requireSignIn(parts, request, reply, back, redeemed, pending?.request.resource));
  if ((await keep(parts, request, back, redeemed, person)) === "ask-again" && visit.resource !== undefined) {
    const need = needOf(parts.config, visit.resource);
    return leaveForProvider(parts, request, reply, { provider, need, person, purpose, cookieId, bindingCookie, asksConsent: true, how: "page" });
  }
  if (purpose.kind === "account" || pending === undefined) return toAccount(parts, request, reply, cookieId);
  return goOn(parts, request, reply, { pendingId: purpose.pendingId, request: pending.request, person, bindingCookie, connected: visit.resource === pending.request.resource });
};

/**
 * GET /auth/callback and /auth/<provider>/callback: back from a provider. Only pages: what a client gets, it gets from the
 * page that returns to it, after everything of ours is checked.
 */
export const providerCallbackRoutes = (scope: FastifyInstance, parts: AuthParts): void => {
  const base = basePath(parts.config.issuer);
  const paths = [`${base}/auth/callback`, ...parts.config.providers.map(({ id }) => `${base}/auth/${id}/callback`)];
  for (const path of paths) {
    scope.get(path, async (request, reply) => {
      const parameters = queryParameters(request);
      const back = await requireReturn(parts, request, parameters.get("state") ?? "", path);
      await useUp(parts, back);
      try {
        return await answer(parts, request, reply, back, parameters);
      } catch (error) {
        if (!(error instanceof Stopped)) throw error;
        const { problem, account } = error;
        return sendProviderProblem(parts, request, reply, { purpose: back.visit.purpose, provider: back.provider, problem, ...(account === undefined ? {} : { account }) });
      }
    });
  }
};
