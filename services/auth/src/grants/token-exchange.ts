import type { Secret } from "@mcp-auth-proxy/crypto";
import { OAuthError, type Parameters } from "@mcp-auth-proxy/http";
import type { KnownClient } from "../clients/known-client.ts";
import type { AuthParts } from "../parts.ts";
import { findGrant } from "../read-models/grants.ts";
import { issueAccessToken, readAccessToken, type ReadAccessToken } from "../tokens/access-token.ts";
import { tokenResponse } from "../tokens/token-response.ts";
import { parseBoundResource } from "../validate/resource.ts";
import { formatScope, offlineScope, scopesWithin } from "../validate/scope.ts";
import { catalogueOf } from "../validate/scope-catalogue.ts";

export const accessTokenType = "urn:ietf:params:oauth:token-type:access_token";

const requireType = (parameters: Parameters): void => {
  if (parameters.get("subject_token_type") !== accessTokenType) throw new OAuthError("invalid_request", "subject_token_type");
  if ((parameters.get("requested_token_type") ?? accessTokenType) !== accessTokenType) throw new OAuthError("invalid_request", "requested_token_type");
  // Nobody acts for anybody else here: a client narrows what it has itself.
  if (parameters.has("actor_token") || parameters.has("actor_token_type")) throw new OAuthError("invalid_request", "actor_token");
};

/** The caller's own token, which still counts. What is wrong with it is not told (RFC 8693 section 2.2.2). */
const requireSubjectToken = async (parts: AuthParts, { clientId }: KnownClient, text: string | undefined): Promise<ReadAccessToken> => {
  const { config, store, clock, signingKeys } = parts;
  const token = await readAccessToken(text ?? "", { keys: await signingKeys.published(), issuer: config.issuer, now: clock.now() });
  if (token === undefined) throw new OAuthError("invalid_request", "the subject token is no access token of ours that counts");
  if (token.clientId !== clientId) throw new OAuthError("invalid_request", "the subject token of another client");
  const grant = await findGrant(store.sql, token.grantId);
  if (grant?.active !== true) throw new OAuthError("invalid_request", "the grant of the subject token is revoked");
  return token;
};

/** A token has one audience, so a narrower one is the same one; every other would be wider. */
const requireTarget = (parameters: Parameters, { resource }: ReadAccessToken): void => {
  for (const name of ["resource", "audience"]) {
    const target = parseBoundResource(parameters.get(name), resource);
    if (!target.ok) throw new OAuthError(target.error, `${name} is not that of the subject token`);
  }
};

const requireScope = ({ config }: AuthParts, parameters: Parameters, token: ReadAccessToken): string => {
  const catalogue = catalogueOf(config.resources, token.resource);
  const scopes = scopesWithin(parameters.get("scope"), token.scope.split(" "), catalogue);
  if (!scopes.ok) throw new OAuthError(scopes.error, "more than the subject token has");
  return formatScope(scopes.value.filter((scope) => scope !== offlineScope));
};

/**
 * Token exchange (RFC 8693) for one purpose: less. A client makes of its own access token one with fewer scopes, to give
 * away. The new one belongs to the same grant and ends with the old one at the latest, so nothing is added to what the log
 * knows already: revoking the grant ends both.
 */
export const exchangeToken = async (parts: AuthParts, client: KnownClient, parameters: Parameters): Promise<Secret<string>> => {
  requireType(parameters);
  const token = await requireSubjectToken(parts, client, parameters.get("subject_token"));
  requireTarget(parameters, token);
  const scope = requireScope(parts, parameters, token);
  const now = parts.clock.now();
  const accessToken = await issueAccessToken(parts.signingKeys.active(), {
    issuer: parts.config.issuer,
    resource: token.resource,
    subjectId: token.subjectId,
    clientId: token.clientId,
    scope,
    grantId: token.grantId,
    now,
    // From the second that `iat` will name: `exp` must not come after that of the subject token.
    ttlMs: Math.min(parts.config.accessTokenTtlMs, token.expiresAt - Math.floor(now / 1000) * 1000),
  });
  return tokenResponse({ accessToken, refreshToken: undefined, scope, issuedTokenType: accessTokenType });
};
