import { err, ok, type Result } from "@mcp-auth-proxy/contracts";

export type Variables = Readonly<Record<string, string | undefined>>;

const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
/** Filled in for each call, from the vault: no variable of ours. */
const ofTheCall = "access_token";

const expandText = (text: string, variables: Variables, missing: Set<string>): string =>
  text.replace(reference, (whole, name: string) => {
    if (name === ofTheCall) return whole;
    const value = variables[name];
    if (value === undefined) missing.add(name);
    return value ?? whole;
  });

const expandValue = (value: unknown, variables: Variables, missing: Set<string>): unknown => {
  if (typeof value === "string") return expandText(value, variables, missing);
  if (Array.isArray(value)) return value.map((item: unknown) => expandValue(item, variables, missing));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]: [string, unknown]) => [key, expandValue(member, variables, missing)]));
};

/**
 * Puts variables in the place of `${NAME}` in every text of an entry, once: what a variable holds is not looked at
 * again. A variable that is not set is an error, because an empty command, path or secret would be something else.
 */
export const expand = (entry: unknown, variables: Variables): Result<unknown, string> => {
  const missing = new Set<string>();
  const expanded = expandValue(entry, variables, missing);
  return missing.size === 0 ? ok(expanded) : err(`${[...missing].map((name) => `\${${name}}`).join(", ")}: no such environment variable is set`);
};
