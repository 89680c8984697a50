import { AppError, type ClientId } from "@mcp-auth-proxy/contracts";
import type { Secret } from "@mcp-auth-proxy/crypto";
import type { Unit } from "@mcp-auth-proxy/event-store";
import { OAuthError } from "@mcp-auth-proxy/http";
import { accessOfSubject } from "../accounts/subject-access.ts";
import { followLinks, saveLink } from "../custody/refresh-links.ts";
import { grantDecider, type PresentedRefreshToken } from "../domain/grant.ts";
import { subjectId } from "../domain/ids.ts";
import type { AuthParts } from "../parts.ts";
import { findGrant, type GrantSummary } from "../read-models/grants.ts";
import { issueAccessToken } from "../tokens/access-token.ts";
import { mintRefreshToken, parseRefreshToken, type RefreshToken } from "../tokens/refresh-token.ts";
import { tokenResponse } from "../tokens/token-response.ts";
import { parseBoundResource } from "../validate/resource.ts";
import { formatScope, narrowScope } from "../validate/scope.ts";
import { catalogueOf } from "../validate/scope-catalogue.ts";
import { revokeGrant } from "./revocation.ts";
import { forgetWithGrant } from "./revoke-grant.ts";

/** A token request for a refresh token, of a client that is known. */
export interface RefreshRequest {
  readonly clientId: ClientId;
  readonly refreshToken: string;
  readonly scope: string | undefined;
  readonly resource: string | undefined;
  readonly correlationId: string;
}

/** What a rotation would answer; nothing of it counts until it is committed. */
interface Offer {
  readonly successor: RefreshToken;
  readonly response: Secret<string>;
  readonly accessTokenExpiresAt: number;
}

type Outcome = { readonly kind: "answered"; readonly response: Secret<string> } | { readonly kind: "reused" };

const invalidGrant = (detail: string): OAuthError => new OAuthError("invalid_grant", detail);

const requireGrant = async (parts: AuthParts, token: RefreshToken, clientId: ClientId): Promise<GrantSummary> => {
  const grant = await findGrant(parts.store.sql, token.grantId);
  if (grant === undefined) throw invalidGrant("no such grant");
  // Nothing moves for another client: presenting a token must not be a way to sign people out.
  if (grant.clientId !== clientId) throw invalidGrant("the grant of another client");
  if (!grant.active) throw invalidGrant("the grant is revoked");
  // EXTERNAL_URL has changed since: a new token would be for an address where nobody takes it, and the client would ask for ever.
  if (!parts.config.resources.some(({ resource }) => resource === grant.resource)) throw invalidGrant("its server is no longer served");
  return grant;
};

/** Who was taken off the list loses what they had: within one token's life everything of theirs has ended. */
const requireAccess = async (parts: AuthParts, grant: GrantSummary, correlationId: string): Promise<void> => {
  const access = await accessOfSubject(parts, parts.store.sql, subjectId(grant.subjectId), grant.resource);
  if (access === "allowed") return;
  await revokeGrant(parts, grant.grantId, "operator", { correlationId, actor: "auth" });
  parts.log.warn({ grantId: grant.grantId, reference: correlationId }, "its person is not allowed any more: a grant is revoked");
  throw invalidGrant("its person is not allowed any more");
};

/** RFC 6749 section 6, RFC 8707 section 2.2: a refresh may narrow the scope and must stay with the resource. */
const requireScope = ({ config }: AuthParts, request: RefreshRequest, grant: GrantSummary): string => {
  const resource = parseBoundResource(request.resource, grant.resource);
  if (!resource.ok) throw new OAuthError(resource.error, "not the resource of the grant");
  const scopes = narrowScope(request.scope, grant.scope.split(" "), catalogueOf(config.resources, grant.resource));
  if (!scopes.ok) throw new OAuthError(scopes.error, "scope of a refresh");
  return formatScope(scopes.value);
};

const makeOffer = async (parts: AuthParts, token: RefreshToken, grant: GrantSummary, scope: string): Promise<Offer> => {
  const { config, keys, clock } = parts;
  const successor = mintRefreshToken(keys.pepper, token.grantId, token.generation + 1);
  const accessToken = await issueAccessToken(parts.signingKeys.active(), {
    issuer: config.issuer,
    resource: grant.resource,
    subjectId: grant.subjectId,
    clientId: grant.clientId,
    scope,
    grantId: grant.grantId,
    now: clock.now(),
    ttlMs: config.accessTokenTtlMs,
  });
  return { successor, response: tokenResponse({ accessToken, refreshToken: successor, scope }), accessTokenExpiresAt: accessToken.expiresAt };
};

/** Inside the window the current answer again; after it, two parties hold the family, and it ends. */
const repeat = async (parts: AuthParts, unit: Unit, token: RefreshToken, presented: PresentedRefreshToken): Promise<Outcome> => {
  const { sql, now } = unit;
  const { state } = await unit.load(grantDecider, token.grantId);
  const currentGeneration = state.status === "none" ? 0 : (state.refresh?.generation ?? 0);
  const response = await followLinks(sql, parts.keys.pepper, { presented: token, currentGeneration, now });
  const command = { type: response === undefined ? "ReportReuse" : "RecordReplay", presented, now } as const;
  const recorded = await unit.execute(grantDecider, token.grantId, command);
  if (!recorded.ok) throw invalidGrant(recorded.error);
  if (response !== undefined) return { kind: "answered", response };
  if (recorded.value.state.status === "revoked") await forgetWithGrant(sql, recorded.value.state);
  return { kind: "reused" };
};

/** The version-checked append uses the token up; the answer is kept with it, in the same transaction, for who repeats it. */
const present = async (parts: AuthParts, unit: Unit, token: RefreshToken, clientId: ClientId, offer: Offer | undefined): Promise<Outcome> => {
  const { sql, now } = unit;
  const presented = { clientId, generation: token.generation, fingerprint: token.fingerprint };
  // Without an offer the read model knows a younger generation, and it is never ahead of the log.
  if (offer === undefined) return repeat(parts, unit, token, presented);
  const { successor, response, accessTokenExpiresAt } = offer;
  const expiresAt = now + parts.config.refreshTokenTtlMs;
  const rotated = await unit.execute(grantDecider, token.grantId, {
    type: "RotateRefreshToken",
    presented,
    successor: { fingerprint: successor.fingerprint, generation: successor.generation, expiresAt },
    accessTokenExpiresAt,
    now,
  });
  if (!rotated.ok && rotated.error === "superseded") return repeat(parts, unit, token, presented);
  if (!rotated.ok) throw invalidGrant(rotated.error);
  await saveLink(sql, parts.keys.pepper, { old: token, successor, response, expiresAt: now + parts.config.refreshReplayWindowMs });
  return { kind: "answered", response };
};

/**
 * `grant_type=refresh_token` (OAuth 2.1 section 4.3) with rotation that survives real clients: they send one token twice,
 * from two addresses, or again after a lost answer. REFRESH_TOKEN_TTL is idle time: each rotation starts it anew.
 */
export const exchangeRefreshToken = async (parts: AuthParts, request: RefreshRequest): Promise<Secret<string>> => {
  const { keys, log } = parts;
  const token = parseRefreshToken(keys.pepper, request.refreshToken);
  if (token === undefined) throw invalidGrant("not a refresh token of ours");
  const grant = await requireGrant(parts, token, request.clientId);
  const scope = requireScope(parts, request, grant);
  await requireAccess(parts, grant, request.correlationId);
  // Signed before the transaction: nothing slow happens inside. If another request is faster, the offer is dropped.
  const offer = token.generation === grant.generation ? await makeOffer(parts, token, grant, scope) : undefined;
  const meta = { correlationId: request.correlationId, actor: request.clientId };
  const outcome = await parts.handle({ name: "refresh", meta }, (unit) => present(parts, unit, token, request.clientId, offer));
  switch (outcome.kind) {
    case "answered":
      return outcome.response;
    case "reused":
      log.warn({ grantId: token.grantId, clientId: request.clientId, reference: request.correlationId }, "refresh token used after its window: its grant is revoked");
      throw invalidGrant("an old refresh token was used again");
    default:
      throw new AppError("internal", outcome satisfies never);
  }
};
