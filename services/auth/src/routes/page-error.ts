import type { PageProblem } from "../views/models.ts";

/** A person is shown a page of ours that says what to do; nothing is redirected. `detail` is for the log. */
export class PageError extends Error {
  readonly problem: PageProblem;
  readonly detail: string;

  constructor(problem: PageProblem, detail: string) {
    super(`${problem}: ${detail}`);
    this.name = "PageError";
    this.problem = problem;
    this.detail = detail;
  }
}

/** RFC 6749 section 4.1.2.1, RFC 8707 section 2 and OpenID Connect Core section 3.1.2.6, as far as we send them. */
export type RedirectErrorCode = "invalid_request" | "unsupported_response_type" | "invalid_scope" | "invalid_target" | "login_required" | "consent_required" | "interaction_required";

/** An authorization request that is wrong in a way its client should hear of: only after the redirect URI was checked. */
export class RedirectError extends Error {
  readonly redirectUri: string;
  readonly code: RedirectErrorCode;
  readonly state: string | undefined;

  constructor(code: RedirectErrorCode, detail: string, to: { readonly redirectUri: string; readonly state: string | undefined }) {
    super(`${code}: ${detail}`);
    this.name = "RedirectError";
    this.code = code;
    this.redirectUri = to.redirectUri;
    this.state = to.state;
  }
}
