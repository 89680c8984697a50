import type { ClientId } from "@mcp-auth-proxy/contracts";
import { type Secret, uuidv7 } from "@mcp-auth-proxy/crypto";
import type { Unit } from "@mcp-auth-proxy/event-store";
import { OAuthError } from "@mcp-auth-proxy/http";
import { authorizationDecider, type AuthorizationState } from "../domain/authorization.ts";
import { grantDecider, type GrantTerms } from "../domain/grant.ts";
import { grantId } from "../domain/ids.ts";
import type { AuthParts } from "../parts.ts";
import { isOpenCode } from "../pending/open-codes.ts";
import { redirectUriFingerprint } from "../sign-in/complete.ts";
import { issueAccessToken } from "../tokens/access-token.ts";
import { type AuthorizationCode, parseAuthorizationCode } from "../tokens/authorization-code.ts";
import { accessTokenExpiry } from "../tokens/expiry.ts";
import { mintRefreshToken, type RefreshToken } from "../tokens/refresh-token.ts";
import { tokenResponse } from "../tokens/token-response.ts";
import { parseBoundResource } from "../validate/resource.ts";
import { offlineScope } from "../validate/scope.ts";
import { provesChallenge } from "./proof.ts";
import { revokeIn } from "./revoke-grant.ts";

/** A token request for an authorization code, of a client that is known. */
export interface CodeRequest {
  readonly client: { readonly clientId: ClientId; readonly mayRefresh: boolean };
  readonly code: string;
  readonly redirectUri: string | undefined;
  readonly verifier: string | undefined;
  readonly resource: string | undefined;
  readonly correlationId: string;
}

type Outcome =
  | { readonly kind: "issued"; readonly terms: GrantTerms; readonly at: number; readonly refreshes: boolean }
  | { readonly kind: "replayed" | "expired" };

type WithCode = Extract<AuthorizationState, { status: "issued" | "redeemed" }>;

const invalidGrant = (detail: string): OAuthError => new OAuthError("invalid_grant", detail);

/** Access that was taken away since the sign-in voids the code. One past its end is the decider's to refuse: its row may be gone. */
const requireOpenCode = async (unit: Unit, code: AuthorizationCode, state: WithCode): Promise<void> => {
  if (unit.now < state.code.expiresAt && !(await isOpenCode(unit.sql, code.authorizationId))) throw invalidGrant("the code was voided");
};

const requireResource = (asked: string | undefined, state: WithCode): void => {
  const resource = parseBoundResource(asked, state.resource);
  if (!resource.ok) throw new OAuthError(resource.error, "not the resource of the code");
};

/** Redemption and grant are one transaction over two streams: there is never a used code without its grant, nor two grants. */
const redeem = async (parts: AuthParts, unit: Unit, request: CodeRequest, code: AuthorizationCode, refresh: RefreshToken): Promise<Outcome> => {
  const { client } = request;
  const { pepper } = parts.keys;
  const { now } = unit;
  const { state } = await unit.load(authorizationDecider, code.authorizationId);
  if (state.status !== "issued" && state.status !== "redeemed") throw invalidGrant("no such code");
  const proven = provesChallenge(request.verifier, state.code.challenge, { pepper, log: parts.log });
  if (state.status === "issued" && proven && state.clientId === client.clientId) {
    requireResource(request.resource, state);
    await requireOpenCode(unit, code, state);
  }
  const redeemed = await unit.execute(authorizationDecider, code.authorizationId, {
    type: "RedeemCode",
    codeFingerprint: code.fingerprint,
    clientId: client.clientId,
    ...(request.redirectUri === undefined ? {} : { redirectUriFingerprint: redirectUriFingerprint(pepper, request.redirectUri) }),
    proven,
    grantId: refresh.grantId,
    now,
  });
  if (!redeemed.ok) throw invalidGrant(redeemed.error);
  if (state.status === "redeemed") {
    await revokeIn(unit, state.grantId, "code-replayed");
    return { kind: "replayed" };
  }
  if (redeemed.value.state.status !== "redeemed") return { kind: "expired" };
  const terms = { subjectId: state.subjectId, clientId: state.clientId, resource: state.resource, scope: state.scope };
  const { fingerprint, generation } = refresh;
  // Staying connected was unticked: a refresh token would be what the person said no to.
  const refreshes = client.mayRefresh && !(state.declinedScope ?? "").split(" ").includes(offlineScope);
  const issued = await unit.execute(grantDecider, refresh.grantId, {
    type: "IssueGrant",
    grantId: refresh.grantId,
    basis: { authorizationId: code.authorizationId },
    terms,
    ...(refreshes ? { refresh: { fingerprint, generation, expiresAt: now + parts.config.refreshTokenTtlMs } } : {}),
    accessTokenExpiresAt: accessTokenExpiry(now, parts.config.accessTokenTtlMs),
    now,
  });
  if (!issued.ok) throw invalidGrant(issued.error);
  return { kind: "issued", terms, at: now, refreshes };
};

/**
 * `grant_type=authorization_code` (OAuth 2.1 section 4.1.3). Wrong client, redirect URI, verifier or resource leave the
 * code as it was, so that the right request still works; a proven second use revokes what the first one gave.
 */
export const exchangeAuthorizationCode = async (parts: AuthParts, request: CodeRequest): Promise<Secret<string>> => {
  const { keys, config, clock, log } = parts;
  const code = parseAuthorizationCode(keys.pepper, request.code);
  if (code === undefined) throw invalidGrant("not a code of ours");
  const refresh = mintRefreshToken(keys.pepper, grantId(uuidv7(clock.now())), 1);
  const meta = { correlationId: request.correlationId, actor: request.client.clientId };
  const outcome = await parts.handle({ name: "redeem-code", meta }, (unit) => redeem(parts, unit, request, code, refresh));
  if (outcome.kind === "replayed") {
    log.warn({ authorizationId: code.authorizationId, clientId: request.client.clientId, reference: request.correlationId }, "authorization code used twice: its grant is revoked");
  }
  if (outcome.kind !== "issued") throw invalidGrant(`code ${outcome.kind}`);
  const { terms, at, refreshes } = outcome;
  const accessToken = await issueAccessToken(parts.signingKeys.active(), {
    issuer: config.issuer,
    ...terms,
    grantId: refresh.grantId,
    now: at,
    ttlMs: config.accessTokenTtlMs,
  });
  return tokenResponse({ accessToken, refreshToken: refreshes ? refresh : undefined, scope: terms.scope });
};
