import { err, ok, type Result } from "@mcp-auth-proxy/contracts";

/** Clients put whole JWTs into `state`; beyond this it is somebody filling our database. */
const maxStateLength = 4096;

/**
 * `state` is opaque and comes back unchanged (RFC 6749 section 4.1.2): short, long or absent, no entropy rule
 * (one broke the MCP Inspector). Empty counts as absent (RFC 6749 section 3.1).
 */
export const parseState = (raw: string | undefined): Result<string | undefined, "too_long"> => {
  if (raw === undefined || raw === "") return ok(undefined);
  return raw.length > maxStateLength ? err("too_long") : ok(raw);
};
