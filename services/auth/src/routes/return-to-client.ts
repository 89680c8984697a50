import type { FastifyReply, FastifyRequest } from "fastify";
import type { AuthConfig } from "../config.ts";
import type { PendingRequest } from "../pending/request.ts";
import { responseUri } from "../validate/response-uri.ts";
import { renderReturning } from "../views/returning.ts";
import { languageOf, sendPage } from "./pages.ts";
import { clearTransactionCookies } from "./transaction-cookies.ts";

/** The end of a transaction in this browser: its client, and what it is told. */
export interface AuthorizationResponse {
  /** Undefined where nothing had to be asked. */
  readonly pendingId: string | undefined;
  readonly request: PendingRequest;
  readonly outcome: { readonly kind: "approved"; readonly code: string } | { readonly kind: "denied" };
}

/**
 * The authorization response (RFC 6749 section 4.1.2, with `iss` of RFC 9207), as a page with status 200: a redirect
 * in answer to a form post dies at `form-action` in Chromium.
 */
export const returnToClient = (
  reply: FastifyReply,
  request: FastifyRequest,
  config: AuthConfig,
  { pendingId, request: asked, outcome }: AuthorizationResponse,
): FastifyReply => {
  if (pendingId !== undefined) clearTransactionCookies(reply, pendingId, config);
  const answer = outcome.kind === "approved" ? { code: outcome.code } : { error: "access_denied" };
  const page = renderReturning({
    language: languageOf(request),
    outcome: outcome.kind,
    clientName: asked.clientName,
    redirectHost: asked.redirectHost,
    redirectKind: asked.redirectKind,
    target: responseUri(asked.redirectUri, { ...answer, state: asked.state, iss: config.issuer }),
  });
  return sendPage(reply, 200, page);
};
