import { expect, test } from "vitest";
import { OAuthError, oauthErrors, type OAuthErrorCode } from "../src/index.ts";

// Literals, so that a change of the table shows here.
const statuses: Record<OAuthErrorCode, number> = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
  invalid_scope: 400,
  invalid_target: 400,
  access_denied: 403,
  invalid_redirect_uri: 400,
  invalid_client_metadata: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  slow_down: 429,
  server_error: 500,
  temporarily_unavailable: 503,
};

test("every code has its status", () => {
  expect(Object.fromEntries(Object.entries(oauthErrors).map(([code, { status }]) => [code, status]))).toEqual(statuses);
});

test("every text is short and within the characters that RFC 6749 section 5.2 allows", () => {
  for (const { wire } of Object.values(oauthErrors)) expect(wire).toMatch(/^[\x20\x21\x23-\x5B\x5D-\x7E]{10,120}$/);
});

test("an error keeps its detail for the log and shows the constant text", () => {
  const error = new OAuthError("invalid_grant", "code was redeemed", { cause: new Error("c") });
  expect([error.status, error.wire, error.detail]).toEqual([400, "The grant is not valid, has expired, was revoked, or belongs to someone else.", "code was redeemed"]);
  expect(error.wire).not.toContain(error.detail);
});
