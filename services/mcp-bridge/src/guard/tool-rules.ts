/** Which tools of one server there are for clients; the operator's configuration. */
export interface ToolRules {
  /** Names, `*` for any run of characters. Without it every tool is allowed. */
  readonly allow?: readonly string[];
  /** Wins over `allow`. */
  readonly deny?: readonly string[];
  /**
   * What happens to a tool whose definition is another than the one first seen: `warn` (the default) says so in the
   * log, `refuse` also withholds it, from lists and from calls, until the first definition is back or the gateway is
   * started again. What can not be remembered (beyond 10,000 tools, or under a name of more than 1,000 characters) is
   * withheld under `refuse`, too.
   */
  readonly pin?: "warn" | "refuse";
}

/** Decides by name alone. */
export const allowsTool = ({ allow, deny = [] }: ToolRules, name: string): boolean =>
  !deny.some((pattern) => matches(pattern, name)) && (allow === undefined || allow.some((pattern) => matches(pattern, name)));

/** Linear in the name: each part between stars is looked for once, from left to right. */
const matches = (pattern: string, name: string): boolean => {
  const parts = pattern.split("*");
  const [first = ""] = parts;
  const last = parts.at(-1) ?? "";
  if (parts.length === 1) return name === pattern;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
};
