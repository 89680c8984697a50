import { bodyParameters, type Parameters } from "@mcp-auth-proxy/http";
import type { FastifyInstance } from "fastify";
import type { AuthParts } from "../parts.ts";
import { approvePending, closePending } from "../pending/authorizations.ts";
import { basePath } from "./base-path.ts";
import { fieldNames, requireCsrfToken, requireOurPage, requireTransaction } from "./browser-transaction.ts";
import { PageError } from "./page-error.ts";
import { returnToClient } from "./return-to-client.ts";
import { setTransactionCookie } from "./transaction-cookies.ts";

const requireDecision = (parameters: Parameters): "approve" | "deny" => {
  const decision = parameters.get("decision");
  if (decision !== "approve" && decision !== "deny") throw new PageError("bad-request", "neither approved nor denied");
  return decision;
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
    setTransactionCookie(reply, "binding", id, await approvePending(store, keys, id, clock.now()), config);
    return reply.code(303).header("location", `${base}/authorize/sign-in?${fieldNames.transaction}=${id}`).send();
  });
};
