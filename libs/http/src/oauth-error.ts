/**
 * The error codes that an HTTP answer may carry, with its status and the text that a client sees. The text is constant:
 * it never says which check failed, and never repeats input.
 * Sources: RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750 section 3.1, RFC 7591 section 3.2.2, RFC 8707 section 2.
 */
export const oauthErrors = {
  invalid_request: { status: 400, wire: "The request is missing a parameter, has one twice, or is otherwise malformed." },
  invalid_client: { status: 401, wire: "The client is not known or could not be authenticated." },
  invalid_grant: { status: 400, wire: "The grant is not valid, has expired, was revoked, or belongs to someone else." },
  unauthorized_client: { status: 400, wire: "The client may not use this grant type." },
  unsupported_grant_type: { status: 400, wire: "The grant type is not supported." },
  unsupported_response_type: { status: 400, wire: "The response type is not supported." },
  invalid_scope: { status: 400, wire: "The scope is not known, malformed, or more than was granted." },
  invalid_target: { status: 400, wire: "The resource is not known here." },
  access_denied: { status: 403, wire: "Access was denied." },
  invalid_redirect_uri: { status: 400, wire: "A redirect URI is not acceptable." },
  invalid_client_metadata: { status: 400, wire: "The client's metadata is not acceptable." },
  invalid_token: { status: 401, wire: "The access token is missing, expired, revoked, or not meant for this resource." },
  insufficient_scope: { status: 403, wire: "The access token does not allow this." },
  slow_down: { status: 429, wire: "Too many requests. Try again later." },
  server_error: { status: 500, wire: "Something went wrong." },
  temporarily_unavailable: { status: 503, wire: "The gateway can not answer now. Try again." },
} as const satisfies Record<string, { status: number; wire: string }>;

export type OAuthErrorCode = keyof typeof oauthErrors;

export interface OAuthErrorOptions {
  readonly cause?: unknown;
  /** Further answer headers, for example `www-authenticate` or `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error that a route throws to answer in OAuth's terms. `detail` is for the log and never leaves the process. */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode;
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: OAuthErrorCode, detail: string, options: OAuthErrorOptions = {}) {
    super(`${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "OAuthError";
    this.code = code;
    this.detail = detail;
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return oauthErrors[this.code].status;
  }

  /** The constant text for `error_description`. */
  get wire(): string {
    return oauthErrors[this.code].wire;
  }
}
