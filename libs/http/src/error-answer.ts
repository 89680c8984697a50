import { AppError, type ErrorCode } from "@mcp-auth-proxy/contracts";
import { OAuthError, oauthErrors, type OAuthErrorCode } from "./oauth-error.ts";

export interface ErrorAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** True when nobody foresaw it: logged as an error. */
  readonly unexpected: boolean;
}

const fromBus: Record<ErrorCode, OAuthErrorCode | { status: number; error: string }> = {
  bad_request: "invalid_request",
  not_found: { status: 404, error: "not_found" },
  conflict: "temporarily_unavailable",
  refused: "access_denied",
  limit_exceeded: "slow_down",
  undecryptable: "server_error",
  not_connected: "access_denied",
  credential_expired: "temporarily_unavailable",
  reconnect_required: "access_denied",
  no_responders: "temporarily_unavailable",
  timeout: "temporarily_unavailable",
  unavailable: "temporarily_unavailable",
  internal: "server_error",
};

const coded = (code: OAuthErrorCode, headers: Readonly<Record<string, string>> = {}, unexpected = false): ErrorAnswer => ({
  status: oauthErrors[code].status,
  // A server error says nothing but that: every further word is a hint.
  body: code === "server_error" ? { error: code } : { error: code, error_description: oauthErrors[code].wire },
  headers,
  unexpected,
});

/** Fastify's own refusals of a request (too large, wrong type, bad length): their status, our words. */
const refusedStatus = (error: unknown): number | undefined => {
  if (!(error instanceof Error) || !("code" in error) || !("statusCode" in error)) return undefined;
  const { code, statusCode } = error;
  const known = typeof code === "string" && code.startsWith("FST_ERR_") && typeof statusCode === "number";
  return known && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
};

/** The one place where an error becomes an answer. Whatever is not known by type tells the client nothing. */
export const errorAnswer = (error: unknown): ErrorAnswer => {
  if (error instanceof OAuthError) return coded(error.code, error.headers, error.code === "server_error");
  if (error instanceof AppError) {
    const answer = fromBus[error.code];
    return typeof answer === "string"
      ? coded(answer, {}, answer === "server_error")
      : { status: answer.status, body: { error: answer.error }, headers: {}, unexpected: false };
  }
  const status = refusedStatus(error);
  return status === undefined ? coded("server_error", {}, true) : { ...coded("invalid_request"), status };
};
