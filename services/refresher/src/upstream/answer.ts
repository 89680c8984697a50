import type { Secret } from "@mcp-auth-proxy/crypto";

/** What a refusal means for the credential. `temporary`: the same request may succeed later. */
export type Refusal = "temporary" | "invalid-grant" | "client-refused";

/**
 * Error codes at a token endpoint: RFC 6749 section 5.2, OpenID Connect Core 3.1.2.6, and those of providers that have
 * their own (GitHub: bad_refresh_token, incorrect_client_credentials; Slack: invalid_refresh_token, token_expired).
 */
const refusals: ReadonlyMap<string, Refusal> = new Map(Object.entries({
  invalid_grant: "invalid-grant",
  bad_refresh_token: "invalid-grant",
  invalid_refresh_token: "invalid-grant",
  token_expired: "invalid-grant",
  token_revoked: "invalid-grant",
  interaction_required: "invalid-grant",
  login_required: "invalid-grant",
  consent_required: "invalid-grant",
  account_selection_required: "invalid-grant",
  invalid_client: "client-refused",
  unauthorized_client: "client-refused",
  incorrect_client_credentials: "client-refused",
  unsupported_grant_type: "client-refused",
  invalid_request: "client-refused",
  invalid_scope: "client-refused",
  temporarily_unavailable: "temporary",
  server_error: "temporary",
  slow_down: "temporary",
}));

interface Body {
  readonly error: string | undefined;
  readonly hasToken: boolean;
}

const bodyOf = (body: Secret<Buffer>): Body | undefined => {
  try {
    const content: unknown = JSON.parse(body.reveal().toString("utf8"));
    if (typeof content !== "object" || content === null) return undefined;
    return { error: "error" in content && typeof content.error === "string" ? content.error : undefined, hasToken: "access_token" in content };
  } catch {
    return undefined;
  }
};

/** What a log may show of a code that a provider sent: nothing but a word of ours. */
export const knownCode = (body: Secret<Buffer>): string => {
  const error = bodyOf(body)?.error;
  return error !== undefined && refusals.has(error) ? error : "no code that is known here";
};

const byStatus = (status: number): Refusal => {
  // Not found, gone, another method or media type, a redirect, no authentication: what the operator configured is wrong.
  if ([401, 404, 405, 410, 415].includes(status) || (status >= 300 && status < 400)) return "client-refused";
  return "temporary";
};

/** A refusal by its status and its code. 429 and 5xx are the provider's own trouble, whatever they say. */
export const refusalOf = (status: number, body: Secret<Buffer>): Refusal => {
  if (status === 429 || status >= 500) return "temporary";
  const error = bodyOf(body)?.error;
  return (error === undefined ? undefined : refusals.get(error)) ?? byStatus(status);
};

/** An error that came with status 200, as GitHub sends it. Undefined where it can be a token response: then the vault judges. */
export const refusalInSuccess = (body: Secret<Buffer>): Refusal | undefined => {
  const content = bodyOf(body);
  if (content?.error === undefined || content.hasToken) return undefined;
  return refusals.get(content.error) ?? "temporary";
};
