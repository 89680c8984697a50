import type { Secret } from "@mcp-auth-proxy/crypto";
import { bodyParameters, OAuthError, type Parameters } from "@mcp-auth-proxy/http";
import type { FastifyInstance } from "fastify";
import type { KnownClient } from "../clients/known-client.ts";
import { exchangeAuthorizationCode } from "../grants/authorization-code.ts";
import { exchangeClientCredentials } from "../grants/client-credentials.ts";
import { exchangeIdJag } from "../grants/id-jag.ts";
import { exchangeRefreshToken } from "../grants/refresh-token.ts";
import { exchangeToken } from "../grants/token-exchange.ts";
import type { AuthParts } from "../parts.ts";
import { grantTypes, type GrantType } from "../validate/grant-type.ts";
import { basePath } from "./base-path.ts";
import { requireClient } from "./client-authentication.ts";

const requireParameter = (parameters: Parameters, name: string): string => {
  const value = parameters.get(name);
  if (value === undefined) throw new OAuthError("invalid_request", `${name} is missing`);
  return value;
};

const requireGrantType = (asked: string): GrantType => {
  const type = grantTypes.find((known) => known === asked);
  if (type === undefined) throw new OAuthError("unsupported_grant_type", "grant_type");
  return type;
};

const requireAllowed = ({ facts }: KnownClient, type: GrantType): void => {
  if (!facts.grantTypes.includes(type)) throw new OAuthError("unauthorized_client", "the client did not register this grant type");
};

const exchange = (parts: AuthParts, client: KnownClient, type: GrantType, parameters: Parameters, correlationId: string): Promise<Secret<string>> => {
  const resource = parameters.get("resource");
  switch (type) {
    case "authorization_code":
      return exchangeAuthorizationCode(parts, {
        client: { clientId: client.clientId, mayRefresh: client.facts.grantTypes.includes("refresh_token") },
        code: requireParameter(parameters, "code"),
        redirectUri: parameters.get("redirect_uri"),
        verifier: parameters.get("code_verifier"),
        resource,
        correlationId,
      });
    case "refresh_token":
      return exchangeRefreshToken(parts, {
        clientId: client.clientId,
        refreshToken: requireParameter(parameters, "refresh_token"),
        scope: parameters.get("scope"),
        resource,
        correlationId,
      });
    case "client_credentials":
      return exchangeClientCredentials(parts, { client, scope: parameters.get("scope"), resource, correlationId });
    case "urn:ietf:params:oauth:grant-type:token-exchange":
      return exchangeToken(parts, client, parameters);
    case "urn:ietf:params:oauth:grant-type:jwt-bearer":
      return exchangeIdJag(parts, { client, assertion: requireParameter(parameters, "assertion"), scope: parameters.get("scope"), resource, correlationId });
    default:
      return type satisfies never;
  }
};

/** POST /token (OAuth 2.1 section 3.2), form or JSON. Tokens travel in the body only, never in a URL. */
export const tokenRoute = (scope: FastifyInstance, parts: AuthParts): void => {
  scope.post(`${basePath(parts.config.issuer)}/token`, async (request, reply) => {
    const parameters = bodyParameters(request);
    const asked = requireParameter(parameters, "grant_type");
    const client = await requireClient(parts, request, parameters);
    const type = requireGrantType(asked);
    requireAllowed(client, type);
    const response = await exchange(parts, client, type, parameters, request.id);
    return reply.headers({ "content-type": "application/json", "cache-control": "no-store", pragma: "no-cache" }).send(response.reveal());
  });
};
