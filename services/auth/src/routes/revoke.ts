import { bodyParameters, OAuthError } from "@mcp-auth-proxy/http";
import type { FastifyInstance } from "fastify";
import { grantOfToken } from "../grants/grant-of-token.ts";
import { revokeGrant } from "../grants/revocation.ts";
import type { AuthParts } from "../parts.ts";
import { basePath } from "./base-path.ts";
import { requireClient } from "./client-authentication.ts";

/**
 * POST /revoke (RFC 7009). Either token ends its whole grant, so that a signed-out client keeps nothing.
 * A token that is not known, has expired or is revoked already is what was asked for: 200 (section 2.2).
 */
export const revokeRoute = (scope: FastifyInstance, parts: AuthParts): void => {
  scope.post(`${basePath(parts.config.issuer)}/revoke`, async (request, reply) => {
    const parameters = bodyParameters(request);
    const token = parameters.get("token");
    if (token === undefined) throw new OAuthError("invalid_request", "token is missing");
    const client = await requireClient(parts, request, parameters);
    const grant = await grantOfToken(parts, token);
    // Section 2.1: a token of another client is refused, and nothing moves.
    if (grant !== undefined && grant.clientId !== client.clientId) throw new OAuthError("invalid_grant", "the token of another client");
    if (grant !== undefined) {
      await revokeGrant(parts, grant.grantId, "client", { correlationId: request.id, actor: client.clientId });
    }
    return reply.code(200).send();
  });
};
