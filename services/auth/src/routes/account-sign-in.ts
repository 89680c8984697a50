import { randomToken } from "@mcp-auth-proxy/crypto";
import { bodyParameters, queryParameters } from "@mcp-auth-proxy/http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ownerLogin } from "../accounts/owner-login.ts";
import type { AuthParts } from "../parts.ts";
import { signInWithPassword } from "../sign-in/password.ts";
import { signIn } from "../sign-in/person.ts";
import { browserLabel } from "../validate/browser-label.ts";
import type { SignInProblem } from "../views/models.ts";
import { accountForm, requireAccountToken } from "./account-form.ts";
import { basePath } from "./base-path.ts";
import { requireOurPage } from "./browser-transaction.ts";
import { PageError } from "./page-error.ts";
import { languageOf } from "./pages.ts";
import { passwordOf, sendSignIn } from "./password-form.ts";
import { leaveForProvider } from "./provider-visit.ts";
import { setKnownBrowser, sourceOf } from "./request-source.ts";
import { currentSession, sessionCookie, setSessionCookie } from "./session-cookie.ts";
import { requireProvider } from "./sign-in.ts";
import { setTransactionCookie, transactionCookie } from "./transaction-cookies.ts";

/** There is no transaction: the cookie ties the form to the browser, so that nobody is signed in as somebody else unawares. */
const place = "account";

/** /account/sign-in: for our own pages. */
export const accountSignInRoutes = (scope: FastifyInstance, parts: AuthParts): void => {
  const { config, log } = parts;
  const account = `${basePath(config.issuer)}/account`;
  const path = `${account}/sign-in`;

  const show = (request: FastifyRequest, reply: FastifyReply, cookie: string, problem?: SignInProblem): FastifyReply => {
    const form = accountForm(parts, "account-sign-in", path, cookie);
    const linkTo = (provider: string): string => `${path}/provider?${new URLSearchParams({ ...form.hidden, provider }).toString()}`;
    return sendSignIn(reply, {
      language: languageOf(request),
      form: config.password === undefined ? undefined : form,
      providers: config.providers.map(({ id, displayName }) => ({ name: displayName, href: linkTo(id) })),
      serverName: config.resources.map(({ displayName }) => displayName).join(", "),
      app: undefined,
      ...(problem === undefined ? {} : { problem }),
    });
  };

  scope.get(path, async (request, reply) => {
    if ((await currentSession(parts, request)) !== undefined) return reply.code(303).header("location", account).send();
    const known = transactionCookie(request, "csrf", place, config);
    const cookie = known === "" ? randomToken(config.csrf.bytes) : known;
    setTransactionCookie(reply, "csrf", place, cookie, config);
    return show(request, reply, cookie);
  });

  scope.get(`${path}/provider`, async (request, reply) => {
    requireOurPage(request, config.issuer);
    const parameters = queryParameters(request);
    requireAccountToken(parts, "account-sign-in", transactionCookie(request, "csrf", place, config), parameters);
    const [cookieId, bindingCookie] = [randomToken(32), randomToken(32)];
    return leaveForProvider(parts, request, reply, { provider: requireProvider(parts, parameters), purpose: { kind: "account" }, cookieId, bindingCookie, how: "redirect" });
  });

  scope.post(path, async (request, reply) => {
    requireOurPage(request, config.issuer);
    const parameters = bodyParameters(request);
    const cookie = transactionCookie(request, "csrf", place, config);
    requireAccountToken(parts, "account-sign-in", cookie, parameters);
    if (config.password === undefined) throw new PageError("bad-request", "nobody has a password here");
    const password = passwordOf(parameters);
    if (password === undefined) return show(request, reply, cookie, { kind: "empty-password" });
    const problem = await signInWithPassword(parts, { ...(await sourceOf(parts, request)), login: ownerLogin, correlationId: request.id }, password);
    if (problem !== undefined) {
      log.warn({ reference: request.id, problem: problem.kind }, "sign-in refused");
      return show(request, reply, cookie, problem);
    }
    const proof = { method: "password", login: ownerLogin, browser: browserLabel(request.headers["user-agent"]), replacedCookie: sessionCookie(request, config) } as const;
    const signedIn = await signIn(parts, proof, request.id);
    if (signedIn !== undefined) setSessionCookie(reply, signedIn.cookie, config);
    await setKnownBrowser(parts, request, reply);
    log.info({ reference: request.id }, "signed in to the account page");
    return reply.code(303).header("location", account).send();
  });
};
