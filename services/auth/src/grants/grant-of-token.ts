import type { AuthParts } from "../parts.ts";
import { findGrant, type GrantSummary } from "../read-models/grants.ts";
import { readAccessToken } from "../tokens/access-token.ts";
import { parseRefreshToken } from "../tokens/refresh-token.ts";

/** The grant that a token of ours belongs to, superseded refresh tokens included; undefined for anything else. */
export const grantOfToken = async (parts: AuthParts, token: string): Promise<GrantSummary | undefined> => {
  const { keys, store, config, clock, signingKeys } = parts;
  const refresh = parseRefreshToken(keys.pepper, token);
  if (refresh !== undefined) return findGrant(store.sql, refresh.grantId);
  const access = await readAccessToken(token, { keys: await signingKeys.published(), issuer: config.issuer, now: clock.now() });
  return access === undefined ? undefined : findGrant(store.sql, access.grantId);
};
