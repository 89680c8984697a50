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

/** What is left when some are declined. A scope that includes one of those goes with it: it would bring it back. */
export const withoutDeclined = (scopes: readonly string[], declined: readonly string[], catalogue: ScopeCatalogue): readonly string[] =>
  scopes.filter((scope) => {
    const held = withIncluded([scope], catalogue);
    return !declined.some((each) => held.has(each));
  });

/** The catalogue of one of our servers. */
export const catalogueOf = (resources: readonly { readonly resource: string; readonly scopes?: ScopeCatalogue }[], resource: string): ScopeCatalogue =>
  resources.find((each) => each.resource === resource)?.scopes ?? [];
