import { bodyParameters, OAuthError } from "@mcp-auth-proxy/http";
import type { FastifyInstance } from "fastify";
import type { KnownClient } from "../clients/known-client.ts";
import type { AuthParts } from "../parts.ts";
import { findGrant } from "../read-models/grants.ts";
import { readAccessToken } from "../tokens/access-token.ts";
import { parseRefreshToken } from "../tokens/refresh-token.ts";
import { basePath } from "./base-path.ts";
import { requireClient } from "./client-authentication.ts";

type Facts = Readonly<Record<string, unknown>>;

/** Section 2.2: the one answer to everything that does not count, or is none of the caller's business. */
const inactive: Facts = { active: false };

const seconds = (at: number): number => Math.floor(at / 1000);

const accessTokenFacts = async (parts: AuthParts, caller: KnownClient, text: string): Promise<Facts | undefined> => {
  const { config, store, clock, signingKeys } = parts;
  const token = await readAccessToken(text, { keys: await signingKeys.published(), issuer: config.issuer, now: clock.now() });
  if (token === undefined) return undefined;
  if (token.clientId !== caller.clientId && caller.configured?.resourceServer !== true) return undefined;
  const grant = await findGrant(store.sql, token.grantId);
  if (grant?.active !== true) return undefined;
  return {
    active: true,
    token_type: "Bearer",
    iss: config.issuer,
    aud: token.resource,
    sub: token.subjectId,
    client_id: token.clientId,
    scope: token.scope,
    jti: token.jti,
    iat: seconds(token.issuedAt),
    exp: seconds(token.expiresAt),
  };
};

/** A refresh token is its client's own affair: no resource server ever sees one. */
const refreshTokenFacts = async ({ config, keys, store, clock }: AuthParts, caller: KnownClient, text: string): Promise<Facts | undefined> => {
  const token = parseRefreshToken(keys.pepper, text);
  const grant = token === undefined ? undefined : await findGrant(store.sql, token.grantId);
  if (token === undefined || grant === undefined || grant.clientId !== caller.clientId) return undefined;
  if (!grant.active || grant.generation !== token.generation || grant.refreshExpiresAt <= clock.now()) return undefined;
  return { active: true, iss: config.issuer, aud: grant.resource, sub: grant.subjectId, client_id: grant.clientId, scope: grant.scope, exp: seconds(grant.refreshExpiresAt) };
};

/**
 * POST /introspect (RFC 7662). Only who proves itself may ask: else it would be a place to try tokens. A resource server of
 * the operator's may ask about every access token, any other client about its own.
 */
export const introspectRoute = (scope: FastifyInstance, parts: AuthParts): void => {
  scope.post(`${basePath(parts.config.issuer)}/introspect`, async (request, reply) => {
    const parameters = bodyParameters(request);
    const caller = await requireClient(parts, request, parameters);
    if (caller.facts.authentication === undefined) throw new OAuthError("invalid_client", "a public client asks about tokens");
    const token = parameters.get("token");
    if (token === undefined) throw new OAuthError("invalid_request", "token is missing");
    const facts = (await refreshTokenFacts(parts, caller, token)) ?? (await accessTokenFacts(parts, caller, token)) ?? inactive;
    return reply.headers({ "cache-control": "no-store", pragma: "no-cache" }).send(facts);
  });
};
