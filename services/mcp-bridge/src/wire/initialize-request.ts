import { memberOf } from "./members.ts";

/**
 * Whether a client that introduces itself so opens addresses for its person (MCP 2025-11-25, elicitation,
 * "Capabilities"): an elicitation without modes is of forms only.
 */
export const opensUrlsIn = (initialize: Buffer): boolean => {
  let at: Buffer | undefined = initialize;
  for (const name of ["params", "capabilities", "elicitation", "url"]) at = at === undefined ? undefined : memberOf(at, name);
  return at?.[0] === 0x7b;
};
