/** Claims about one person (OpenID Connect Core section 5), as a provider said them. */
export type Claims = Readonly<Record<string, unknown>>;

const mostValues = 500;
const longestValue = 500;

const isClaims = (value: unknown): value is Claims => typeof value === "object" && value !== null && !Array.isArray(value);

/** The tokens of a JSON pointer (RFC 6901); a plain name is the claim of that name. */
const pathOf = (field: string): readonly string[] =>
  field.startsWith("/") ? field.slice(1).split("/").map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~")) : [field];

/** The top-level claim that a field lies in. */
export const rootOf = (field: string): string => pathOf(field)[0] ?? "";

/** What lies at a claim's name or JSON pointer; undefined where nothing does. */
export const claimAt = (claims: Claims, field: string): unknown => {
  let at: unknown = claims;
  for (const token of pathOf(field)) {
    if (!isClaims(at) || !Object.hasOwn(at, token)) return undefined;
    at = at[token];
  }
  return at;
};

const textOf = (value: unknown): readonly string[] => {
  if (typeof value === "string") return value.length > 0 && value.length <= longestValue ? [value] : [];
  return typeof value === "boolean" || typeof value === "number" ? [String(value)] : [];
};

/** The values of a claim that has one or several. */
export const valuesAt = (claims: Claims, field: string): readonly string[] => {
  const value = claimAt(claims, field);
  return (Array.isArray(value) ? value.slice(0, mostValues) : [value]).flatMap(textOf);
};

/** A text; undefined for everything else. */
export const textAt = (claims: Claims, field: string): string | undefined => {
  const value = claimAt(claims, field);
  return typeof value === "string" ? textOf(value)[0] : undefined;
};
