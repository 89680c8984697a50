import { err, ok, type Result } from "@mcp-auth-proxy/contracts";

/** Each is also the OAuth error code that the client is sent (RFC 6749 section 4.1.2.1). */
export type ResponseTypeProblem = "invalid_request" | "unsupported_response_type";

/** OAuth 2.1 leaves one flow: `code`. The implicit flow, hybrids and repetitions of it are refused. */
export const parseResponseType = (raw: string | undefined): Result<"code", ResponseTypeProblem> => {
  if (raw === undefined || raw === "") return err("invalid_request");
  return raw === "code" ? ok("code") : err("unsupported_response_type");
};
