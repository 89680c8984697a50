import { err, ok, type Result } from "@mcp-auth-proxy/contracts";

/**
 * Only the query carries our answers: a fragment would hand the code to scripts, a posted form would need one.
 * The metadata says so (`response_modes_supported`).
 */
export const parseResponseMode = (raw: string | undefined): Result<"query", "invalid_request"> =>
  raw === undefined || raw === "" || raw === "query" ? ok("query") : err("invalid_request");
