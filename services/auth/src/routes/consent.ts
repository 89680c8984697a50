import { bodyParameters, type Parameters } from "@mcp-auth-proxy/http";
import type { FastifyInstance } from "fastify";
import type { AuthParts } from "../parts.ts";
import { approvePending, closePending } from "../pending/authorizations.ts";
import type { PendingRequest } from "../pending/request.ts";
import { completeSignIn } from "../sign-in/complete.ts";
import { optionalScopes } from "../validate/scope.ts";
import { catalogueOf, withoutDeclined } from "../validate/scope-catalogue.ts";
import { scopeField } from "../views/consent.ts";
import { basePath } from "./base-path.ts";
import { fieldNames, requireCsrfToken, requireOurPage, requireTransaction } from "./browser-transaction.ts";
import { PageError } from "./page-error.ts";
import { returnToClient } from "./return-to-client.ts";
import { currentSession, sessionCookie } from "./session-cookie.ts";
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
  return { ...request, scopes: [...scopes], declinedScopes: request.scopes.filter((scope) => !scopes.includes(scope)) };
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
    const by = { method: "session", cookie: sessionCookie(request, config) } as const;
    if (approved.freshSignIn !== true && (await currentSession(parts, request)) !== undefined) {
      const completed = await completeSignIn(parts, { pendingId: id, by, correlationId: request.id });
      if (!("incomplete" in completed)) {
        const outcome = { kind: "approved", code: completed.code.reveal() } as const;
        return returnToClient(reply, request, config, { pendingId: id, request: pending.request, outcome });
      }
      if (completed.incomplete !== "signed-out") throw new PageError(completed.incomplete, "the transaction ended meanwhile");
    }
    setTransactionCookie(reply, "binding", id, bindingCookie, config);
    return reply.code(303).header("location", `${base}/authorize/sign-in?${fieldNames.transaction}=${id}`).send();
  });
};
