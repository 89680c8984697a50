import { decodeHeaderValue } from "./header-value.ts";
import { headerMismatch, type ModernError } from "./errors.ts";
import { namedBy } from "./names.ts";
import type { ModernRequest } from "./request.ts";

/** Every value that was sent under a lower-case name, in order. */
export type HeaderValues = (name: string) => readonly string[];

/**
 * Holds the headers of a request to its body (MCP 2026-07-28, Streamable HTTP, "Server Validation"). Whoever routes or
 * filters by a header in front of us must have seen what is going to happen; a header that comes twice means one thing
 * to them and another to us.
 */
export const checkVersionHeader = (headers: HeaderValues, { version }: Pick<ModernRequest, "version">): ModernError | undefined =>
  isOnly(headers("mcp-protocol-version"), version) ? undefined : headerMismatch("MCP-Protocol-Version");

export const checkMethodHeaders = (headers: HeaderValues, { method, name }: Pick<ModernRequest, "method" | "name">): ModernError | undefined => {
  if (!isOnly(headers("mcp-method"), method)) return headerMismatch("Mcp-Method");
  if (!namedBy.has(method)) return undefined;
  const values = headers("mcp-name");
  const decoded = values.length === 1 && values[0] !== undefined ? decodeHeaderValue(values[0]) : undefined;
  // Where the body has no name either, the server says what is wrong with its parameters.
  if (name === undefined) return values.length === 0 ? undefined : headerMismatch("Mcp-Name");
  return decoded === name ? undefined : headerMismatch("Mcp-Name");
};

const isOnly = (values: readonly string[], expected: string): boolean => values.length === 1 && values[0]?.replace(/^[ \t]+|[ \t]+$/g, "") === expected;
