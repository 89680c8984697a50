/** A scope of a server beyond the baseline. Who holds it holds those that it includes: `write` may include `read`. */
export interface ExtraScope {
  readonly name: string;
  readonly includes: readonly string[];
}
export type ScopeCatalogue = readonly ExtraScope[];

/** RFC 6749 section 3.3: what a scope may be made of. */
export const scopeShape = /^[\x21\x23-\x5B\x5D-\x7E]{1,100}$/;

/**
 * The scopes with everything that they include, and what that includes. Tokens carry this whole set, so that a resource
 * server that knows no hierarchy decides by it all the same (A3.7).
 */
export const withIncluded = (scopes: Iterable<string>, catalogue: ScopeCatalogue): ReadonlySet<string> => {
  const found = new Set<string>(scopes);
  // A set that is walked while it grows also visits what was added.
  for (const scope of found) for (const included of catalogue.find(({ name }) => name === scope)?.includes ?? []) found.add(included);
  return found;
};

/** What a request needs and a token does not have, all of it at once (A3.6). */
export const missingScopes = (needed: readonly string[], held: readonly string[], catalogue: ScopeCatalogue): readonly string[] => {
  const enough = withIncluded(held, catalogue);
  return needed.filter((scope) => !enough.has(scope));
};
