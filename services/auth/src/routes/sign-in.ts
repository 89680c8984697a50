import { bodyParameters, queryParameters } from "@mcp-auth-proxy/http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { AuthParts } from "../parts.ts";
import { completeSignIn, type Incomplete } from "../sign-in/complete.ts";
import { signInWithPassword } from "../sign-in/password.ts";
import { browserLabel } from "../validate/browser-label.ts";
import type { PageProblem, SignInProblem } from "../views/models.ts";
import { basePath } from "./base-path.ts";
import { type BrowserTransaction, requireApproval, requireCsrfToken, requireOurPage, requireTransaction, transactionForm } from "./browser-transaction.ts";
import { PageError } from "./page-error.ts";
import { languageOf } from "./pages.ts";
import { ownerLogin, passwordOf, sendSignIn } from "./password-form.ts";
import { setKnownBrowser, sourceOf } from "./request-source.ts";
import { returnToClient } from "./return-to-client.ts";
import { sessionCookie, setSessionCookie } from "./session-cookie.ts";

/** A password does not depend on a session; should one be missed all the same, the sign-in starts again. */
const problemOf = (incomplete: Incomplete): PageProblem => (incomplete === "signed-out" ? "expired" : incomplete);

const showSignIn = (parts: AuthParts, request: FastifyRequest, reply: FastifyReply, transaction: BrowserTransaction, problem?: SignInProblem): FastifyReply => {
  const { clientName, redirectHost, serverName } = transaction.pending.request;
  return sendSignIn(reply, {
    language: languageOf(request),
    form: transactionForm(parts.keys, "sign-in", `${basePath(parts.config.issuer)}/authorize/sign-in`, transaction),
    serverName,
    app: { clientName, redirectHost },
    ...(problem === undefined ? {} : { problem }),
  });
};

/** /authorize/sign-in: after the consent, in the same browser, where no session says yet who it is. */
export const signInRoutes = (scope: FastifyInstance, parts: AuthParts): void => {
  const { config, log } = parts;
  const path = `${basePath(config.issuer)}/authorize/sign-in`;

  scope.get(path, async (request, reply) => {
    const transaction = await requireTransaction(parts, request, queryParameters(request));
    requireApproval(parts, request, transaction);
    return showSignIn(parts, request, reply, transaction);
  });

  scope.post(path, async (request, reply) => {
    requireOurPage(request, config.issuer);
    const parameters = bodyParameters(request);
    const transaction = await requireTransaction(parts, request, parameters);
    requireCsrfToken(parts, "sign-in", transaction, parameters);
    requireApproval(parts, request, transaction);
    const password = passwordOf(parameters);
    if (password === undefined) return showSignIn(parts, request, reply, transaction, { kind: "empty-password" });
    const attempt = { ...(await sourceOf(parts, request)), login: ownerLogin, correlationId: request.id };
    const problem = await signInWithPassword(parts, attempt, password);
    if (problem !== undefined) {
      log.warn({ reference: request.id, problem: problem.kind }, "sign-in refused");
      return showSignIn(parts, request, reply, transaction, problem);
    }
    const by = { method: "password", login: ownerLogin, browser: browserLabel(request.headers["user-agent"]), replacedCookie: sessionCookie(request, config) } as const;
    const completed = await completeSignIn(parts, { pendingId: transaction.id, by, correlationId: request.id });
    if ("incomplete" in completed) throw new PageError(problemOf(completed.incomplete), "the transaction ended meanwhile");
    if (completed.sessionCookie !== undefined) setSessionCookie(reply, completed.sessionCookie, config);
    await setKnownBrowser(parts, request, reply);
    log.info({ reference: request.id, clientId: transaction.pending.request.clientId }, "signed in");
    const outcome = { kind: "approved", code: completed.code.reveal() } as const;
    return returnToClient(reply, request, config, { pendingId: transaction.id, request: transaction.pending.request, outcome });
  });
};
