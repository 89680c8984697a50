import { AppError } from "@mcp-auth-proxy/contracts";
import { correlationHeader, errorAnswer, OAuthError } from "@mcp-auth-proxy/http";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { responseUri } from "../validate/response-uri.ts";
import { chooseLanguage, type Language } from "../views/language.ts";
import type { PageProblem } from "../views/models.ts";
import { pageHeaders } from "../views/page-headers.ts";
import { problemStatus, renderProblem } from "../views/problem.ts";
import { PageError, RedirectError } from "./page-error.ts";

export const languageOf = (request: FastifyRequest): Language => chooseLanguage(request.headers["accept-language"]);

export const sendPage = (reply: FastifyReply, status: number, html: string): FastifyReply => reply.code(status).headers(pageHeaders).send(html);

const problemOf = (error: unknown): PageProblem => {
  if (error instanceof PageError) return error.problem;
  if (error instanceof OAuthError && error.code === "invalid_request") return "bad-request";
  if (error instanceof AppError && error.code === "limit_exceeded") return "too-many";
  const { status } = errorAnswer(error);
  if (status === 503) return "unavailable";
  return status < 500 ? "bad-request" : "internal";
};

/** Answers errors of a scope whose routes are opened by people: as pages, or to the client where its address is known to be good. */
export const answerErrorsWithPages = (scope: FastifyInstance, { issuer, log }: { readonly issuer: string; readonly log: Log }): void => {
  scope.setErrorHandler((error, request, reply) => {
    const note = { err: error, reference: request.id };
    if (error instanceof RedirectError) {
      log.info(note, "an authorization request was refused");
      const { code, state } = error;
      // GET only: after a form post Chromium would hold the redirect to form-action.
      return reply.code(303).header("location", responseUri(error.redirectUri, { error: code, state, iss: issuer })).send();
    }
    const problem = problemOf(error);
    if (problem === "internal") log.error(note, "a page failed");
    else log.info({ ...note, problem }, "a page was refused");
    void reply.header(correlationHeader, request.id);
    return sendPage(reply, problemStatus[problem], renderProblem({ language: languageOf(request), problem, reference: request.id }));
  });
};
