import { bodyParameters, queryParameters, type Parameters } from "@mcp-auth-proxy/http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { needOf } from "../accounts/connections.ts";
import { ownerLogin } from "../accounts/owner-login.ts";
import type { AuthConfig } from "../config.ts";
import type { AuthParts } from "../parts.ts";
import { completeSignIn } from "../sign-in/complete.ts";
import { signInWithPassword } from "../sign-in/password.ts";
import { signIn } from "../sign-in/person.ts";
import type { UpstreamProvider } from "../upstream/upstream-provider.ts";
import { browserLabel } from "../validate/browser-label.ts";
import type { SignInProblem } from "../views/models.ts";
import { basePath } from "./base-path.ts";
import { type BrowserTransaction, requireApproval, requireCsrfToken, requireOurPage, requireTransaction, transactionForm } from "./browser-transaction.ts";
import { goOn, problemOf } from "./go-on.ts";
import { PageError } from "./page-error.ts";
import { languageOf } from "./pages.ts";
import { passwordOf, sendSignIn } from "./password-form.ts";
import { providerLink } from "./provider-problem.ts";
import { keptFor, type Leaving, leaveForProvider } from "./provider-visit.ts";
import { setKnownBrowser, sourceOf } from "./request-source.ts";
import { returnToClient } from "./return-to-client.ts";
import { sessionCookie, setSessionCookie } from "./session-cookie.ts";
import { transactionCookie } from "./transaction-cookies.ts";

const showSignIn = (parts: AuthParts, request: FastifyRequest, reply: FastifyReply, transaction: BrowserTransaction, problem?: SignInProblem): FastifyReply => {
  const { config } = parts;
  const { clientName, redirectHost, serverName } = transaction.pending.request;
  return sendSignIn(reply, {
    language: languageOf(request),
    form: config.password === undefined ? undefined : transactionForm(parts.keys, "sign-in", `${basePath(config.issuer)}/authorize/sign-in`, transaction),
    providers: config.providers.map(({ id, displayName }) => ({ name: displayName, href: providerLink(config.issuer, transaction.id, id) })),
    serverName,
    app: { clientName, redirectHost },
    ...(problem === undefined ? {} : { problem }),
  });
};

/** The only way there is to sign in, unless the operator wants the page all the same. */
const onlyProvider = ({ providers, password, providerAutoSelect }: AuthConfig): UpstreamProvider | undefined =>
  providerAutoSelect && password === undefined && providers.length === 1 ? providers[0] : undefined;

export const requireProvider = ({ config }: AuthParts, parameters: Parameters): UpstreamProvider => {
  const provider = config.providers.find(({ id }) => id === parameters.get("provider"));
  if (provider === undefined) throw new PageError("bad-request", "no such provider");
  return provider;
};

const signInVisit = (parts: AuthParts, request: FastifyRequest, { id, pending }: BrowserTransaction, provider: UpstreamProvider, how: Leaving["how"]): Leaving => ({
  provider,
  need: keptFor(needOf(parts.config, pending.request.resource), provider),
  purpose: { kind: "authorization", pendingId: id },
  cookieId: id,
  bindingCookie: transactionCookie(request, "binding", id, parts.config),
  how,
});

/** A right password: a code at once; or a session first, where the server needs an account that may have to be connected. */
const enter = async (parts: AuthParts, request: FastifyRequest, reply: FastifyReply, transaction: BrowserTransaction): Promise<FastifyReply> => {
  const { config, log } = parts;
  const { id: pendingId, pending } = transaction;
  const by = { method: "password", login: ownerLogin, browser: browserLabel(request.headers["user-agent"]), replacedCookie: sessionCookie(request, config) } as const;
  if (needOf(config, pending.request.resource) !== undefined) {
    const signedIn = await signIn(parts, by, request.id);
    if (signedIn === undefined) throw new PageError("expired", "no session was started");
    setSessionCookie(reply, signedIn.cookie, config);
    await setKnownBrowser(parts, request, reply);
    return goOn(parts, request, reply, { pendingId, request: pending.request, person: signedIn.person, bindingCookie: transactionCookie(request, "binding", pendingId, config) });
  }
  const completed = await completeSignIn(parts, { pendingId, by, correlationId: request.id });
  if ("incomplete" in completed) throw new PageError(problemOf(completed.incomplete), "the transaction ended meanwhile");
  if (completed.sessionCookie !== undefined) setSessionCookie(reply, completed.sessionCookie, config);
  await setKnownBrowser(parts, request, reply);
  log.info({ reference: request.id, clientId: pending.request.clientId }, "signed in");
  const outcome = { kind: "approved", code: completed.code.reveal() } as const;
  return returnToClient(reply, request, config, { pendingId, request: pending.request, outcome });
};

/** /authorize/sign-in: after the consent, in the same browser, where no session says yet who it is. */
export const signInRoutes = (scope: FastifyInstance, parts: AuthParts): void => {
  const { config, log } = parts;
  const path = `${basePath(config.issuer)}/authorize/sign-in`;

  scope.get(path, async (request, reply) => {
    const transaction = await requireTransaction(parts, request, queryParameters(request));
    requireApproval(parts, request, transaction);
    const only = onlyProvider(config);
    if (only !== undefined) return leaveForProvider(parts, request, reply, signInVisit(parts, request, transaction, only, "page"));
    return showSignIn(parts, request, reply, transaction);
  });

  // A link: a redirect to another site in answer to a form is held to `form-action`. Who follows it has the transaction's id and both its cookies.
  scope.get(`${path}/provider`, async (request, reply) => {
    const parameters = queryParameters(request);
    const transaction = await requireTransaction(parts, request, parameters);
    requireApproval(parts, request, transaction);
    const leaving = signInVisit(parts, request, transaction, requireProvider(parts, parameters), "redirect");
    return leaveForProvider(parts, request, reply, { ...leaving, asksAccount: parameters.get("account") === "another" });
  });

  scope.post(path, async (request, reply) => {
    requireOurPage(request, config.issuer);
    const parameters = bodyParameters(request);
    const transaction = await requireTransaction(parts, request, parameters);
    requireCsrfToken(parts, "sign-in", transaction, parameters);
    requireApproval(parts, request, transaction);
    if (config.password === undefined) throw new PageError("bad-request", "nobody has a password here");
    const password = passwordOf(parameters);
    if (password === undefined) return showSignIn(parts, request, reply, transaction, { kind: "empty-password" });
    const attempt = { ...(await sourceOf(parts, request)), login: ownerLogin, correlationId: request.id };
    const problem = await signInWithPassword(parts, attempt, password);
    if (problem !== undefined) {
      log.warn({ reference: request.id, problem: problem.kind }, "sign-in refused");
      return showSignIn(parts, request, reply, transaction, problem);
    }
    return enter(parts, request, reply, transaction);
  });
};
