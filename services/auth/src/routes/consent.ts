import { bodyParameters, type Parameters } from "@mcp-auth-proxy/http";
import type { FastifyInstance } from "fastify";
import { accessOfSubject } from "../accounts/subject-access.ts";
import type { AuthParts } from "../parts.ts";
import { approvePending, closePending } from "../pending/authorizations.ts";
import type { PendingRequest } from "../pending/request.ts";
import { optionalScopes } from "../validate/scope.ts";
import { catalogueOf, withoutDeclined } from "../validate/scope-catalogue.ts";
import { scopeField } from "../views/consent.ts";
import { basePath } from "./base-path.ts";
import { fieldNames, requireCsrfToken, requireOurPage, requireTransaction } from "./browser-transaction.ts";
import { goOn } from "./go-on.ts";
import { PageError } from "./page-error.ts";
import { returnToClient } from "./return-to-client.ts";
import { currentSession } from "./session-cookie.ts";
import { setTransactionCookie } from "./transaction-cookies.ts";

const requireDecision = (parameters: Parameters): "approve" | "deny" => {
  const decision = parameters.get("decision");
  if (decision !== "approve" && decision !== "deny") throw new PageError("bad-request", "neither approved nor denied");
  return decision;
};

/** What stayed ticked (A20). The baseline has no box: access without it would be none. */
const narrowed = ({ config }: AuthParts, request: PendingRequest, parameters: Parameters): PendingRequest => {
  const unticked = optionalScopes(request.scopes).filter((scope) => !parameters.has(scopeField(scope)));
  if (unticked.length === 0) return request;
  const scopes = withoutDeclined(request.scopes, unticked, catalogueOf(config.resources, request.resource));
  // The form may be posted twice: what was declined before stays declined.
  return { ...request, scopes: [...scopes], declinedScopes: [...(request.declinedScopes ?? []), ...request.scopes.filter((scope) => !scopes.includes(scope))] };
};

/** POST /authorize/consent: the person's decision, in the browser that was asked (A7.3 to A7.5). */
export const consentRoute = (scope: FastifyInstance, parts: AuthParts): void => {
  const { config, store, keys, clock } = parts;
  const base = basePath(config.issuer);
  scope.post(`${base}/authorize/consent`, async (request, reply) => {
    requireOurPage(request, config.issuer);
    const parameters = bodyParameters(request);
    const transaction = await requireTransaction(parts, request, parameters);
    requireCsrfToken(parts, "consent", transaction, parameters);
    const decision = requireDecision(parameters);
    const { id, pending } = transaction;
    if (decision === "deny") {
      const closed = await store.transact(({ sql }) => closePending(sql, keys, id));
      if (!closed) throw new PageError("expired", "it ended meanwhile");
      return returnToClient(reply, request, config, { pendingId: id, request: pending.request, outcome: { kind: "denied" } });
    }
    const approved = narrowed(parts, pending.request, parameters);
    const bindingCookie = await approvePending(store, keys, id, { request: approved, now: clock.now() });
    // Same-origin by now, so that a Strict cookie is here although another site led the browser to the page.
    const session = approved.freshSignIn === true ? undefined : await currentSession(parts, request);
    // Who may not use this server can sign in as somebody else.
    if (session !== undefined && (await accessOfSubject(parts, store.sql, session.subjectId, approved.resource)) === "allowed") {
      const { subjectId, sessionId } = session;
      return goOn(parts, request, reply, { pendingId: id, request: approved, person: { subjectId, sessionId, method: "session" }, bindingCookie });
    }
    setTransactionCookie(reply, "binding", id, bindingCookie, config);
    return reply.code(303).header("location", `${base}/authorize/sign-in?${fieldNames.transaction}=${id}`).send();
  });
};
