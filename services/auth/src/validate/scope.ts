import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { type ScopeCatalogue, withIncluded } from "./scope-catalogue.ts";

/** Every token has it: without it a token is good for nothing here. */
export const baselineScope = "mcp-access";
/** Asked for by clients that want a refresh token; they get one anyway, and see their wish in the answer. */
export const offlineScope = "offline_access";
/** What the authorization server's metadata lists. */
export const supportedScopes: readonly string[] = [baselineScope, offlineScope];

const maxScopeLength = 2000;

/** What a person may leave out of what is asked for. */
export const optionalScopes = (scopes: readonly string[]): readonly string[] => scopes.filter((scope) => scope !== baselineScope);

/** The granted scopes as they stand in a token or an answer. */
export const formatScope = (scopes: readonly string[]): string => scopes.join(" ");

const effective = (raw: string | undefined, known: readonly string[], catalogue: ScopeCatalogue): Result<readonly string[], "invalid_scope"> => {
  if (raw === undefined) return ok([baselineScope]);
  if (raw.length > maxScopeLength) return err("invalid_scope");
  const asked = withIncluded(raw.split(" "), catalogue);
  return ok([baselineScope, ...known.filter((scope) => scope !== baselineScope && asked.has(scope))]);
};

/**
 * What is granted of what is asked: the baseline always, the rest where known. Unknown scopes are dropped, not refused:
 * clients copy scope lists from elsewhere, and the answer tells them what they got (RFC 6749 section 3.3).
 */
export const parseScope = (raw: string | undefined, catalogue: ScopeCatalogue = []): Result<readonly string[], "invalid_scope"> =>
  effective(raw, [...supportedScopes, ...catalogue.map(({ name }) => name)], catalogue);

/** A refresh may narrow and never widen (RFC 6749 section 6). Absent means: as granted. */
export const narrowScope = (raw: string | undefined, granted: readonly string[], catalogue: ScopeCatalogue = []): Result<readonly string[], "invalid_scope"> =>
  raw === undefined || raw.trim() === "" ? ok(granted) : effective(raw, granted, catalogue);

/** For requests that may not ask for more than they get: one scope too many refuses them, instead of being dropped. */
export const scopesWithin = (raw: string | undefined, granted: readonly string[], catalogue: ScopeCatalogue = []): Result<readonly string[], "invalid_scope"> => {
  const asked = (raw ?? "").split(" ").filter((scope) => scope !== "");
  const most = withIncluded(granted, catalogue);
  return asked.every((scope) => most.has(scope)) ? narrowScope(raw, [...most], catalogue) : err("invalid_scope");
};
