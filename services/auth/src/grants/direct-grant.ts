import { type ClientId, type SubjectId } from "@mcp-auth-proxy/contracts";
import { type Secret, uuidv7 } from "@mcp-auth-proxy/crypto";
import type { Unit } from "@mcp-auth-proxy/event-store";
import { OAuthError } from "@mcp-auth-proxy/http";
import { grantDecider, type GrantOrigin } from "../domain/grant.ts";
import { grantId } from "../domain/ids.ts";
import type { AuthParts } from "../parts.ts";
import { issueAccessToken } from "../tokens/access-token.ts";
import { accessTokenExpiry } from "../tokens/expiry.ts";
import { tokenResponse } from "../tokens/token-response.ts";

/** A grant that nobody signs in for. It has no refresh token: who got it can ask again in the same way. */
export interface DirectGrant {
  readonly origin: GrantOrigin;
  readonly clientId: ClientId;
  readonly resource: string;
  /** Space separated. */
  readonly scope: string;
  readonly correlationId: string;
  /** Says for whom, inside of the transaction; throws when it may not be. */
  readonly subject: (unit: Unit) => Promise<SubjectId>;
}

/** The grant is on the log before its token leaves, so that every token can be revoked. */
export const issueDirectGrant = async (parts: AuthParts, asked: DirectGrant): Promise<Secret<string>> => {
  const { config, clock } = parts;
  const { origin, clientId, resource, scope } = asked;
  const id = grantId(uuidv7(clock.now()));
  const meta = { correlationId: asked.correlationId, actor: clientId };
  const { subjectId, at } = await parts.handle({ name: "issue-direct-grant", meta }, async (unit) => {
    const { now } = unit;
    const terms = { subjectId: await asked.subject(unit), clientId, resource, scope };
    const accessTokenExpiresAt = accessTokenExpiry(now, config.accessTokenTtlMs);
    const issued = await unit.execute(grantDecider, id, { type: "IssueGrant", grantId: id, basis: { origin }, terms, accessTokenExpiresAt, now });
    if (!issued.ok) throw new OAuthError("invalid_grant", issued.error);
    return { subjectId: terms.subjectId, at: now };
  });
  const accessToken = await issueAccessToken(parts.signingKeys.active(), {
    issuer: config.issuer,
    resource,
    subjectId,
    clientId,
    scope,
    grantId: id,
    now: at,
    ttlMs: config.accessTokenTtlMs,
  });
  return tokenResponse({ accessToken, refreshToken: undefined, scope });
};
