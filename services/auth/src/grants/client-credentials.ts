import type { Secret } from "@mcp-auth-proxy/crypto";
import { OAuthError } from "@mcp-auth-proxy/http";
import type { KnownClient } from "../clients/known-client.ts";
import { subjectId } from "../domain/ids.ts";
import type { AuthParts } from "../parts.ts";
import { parseResource } from "../validate/resource.ts";
import { formatScope, offlineScope, parseScope, scopesWithin } from "../validate/scope.ts";
import { catalogueOf } from "../validate/scope-catalogue.ts";
import { issueDirectGrant } from "./direct-grant.ts";
import { requireGrantRate } from "./grant-rate.ts";

/** A token request of a service for itself. */
export interface ClientCredentialsRequest {
  readonly client: KnownClient;
  readonly scope: string | undefined;
  readonly resource: string | undefined;
  readonly correlationId: string;
}

/** Only the operator makes a service client, and only with a proof: whoever registers itself must bring a person (protocol E1). */
const requireServiceClient = ({ configured, facts }: KnownClient): void => {
  if (configured === undefined || facts.authentication === undefined) throw new OAuthError("unauthorized_client", "not a service client of the operator's");
};

/** `grant_type=client_credentials` (OAuth 2.1 section 4.2): `sub` is the client itself, and there is no refresh token. */
export const exchangeClientCredentials = async (parts: AuthParts, request: ClientCredentialsRequest): Promise<Secret<string>> => {
  const { client, correlationId } = request;
  requireServiceClient(client);
  const { resources } = parts.config;
  const resource = parseResource(request.resource, resources.map((each) => each.resource));
  if (!resource.ok) throw new OAuthError(resource.error, "resource");
  const catalogue = catalogueOf(resources, resource.value);
  const most = parseScope(client.facts.scope, catalogue);
  const scopes = most.ok ? scopesWithin(request.scope, most.value, catalogue) : most;
  if (!scopes.ok) throw new OAuthError(scopes.error, "more than the client was given");
  await requireGrantRate(parts, client.clientId);
  return issueDirectGrant(parts, {
    origin: "client-credentials",
    clientId: client.clientId,
    resource: resource.value,
    scope: formatScope(scopes.value.filter((scope) => scope !== offlineScope)),
    correlationId,
    subject: async () => subjectId(client.clientId),
  });
};
