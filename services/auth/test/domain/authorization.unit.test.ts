import { given } from "@mcp-auth-proxy/event-store/testing";
import { describe, expect, it } from "vitest";
import { authorizationDecider, type AuthorizationCommand, type AuthorizationEvent, type IssuedCode } from "../../src/domain/authorization.ts";
import { clientId, grantId, subjectId } from "../../src/domain/ids.ts";

const consent = { clientId: clientId("c1"), resource: "https://gateway.example/mcp", scope: "mcp-access" };
const code: IssuedCode = {
  codeFingerprint: "code-fp",
  redirectUriFingerprint: "redirect-fp",
  challenge: { method: "S256", fingerprint: "challenge-fp" },
  expiresAt: 1_000,
};
const completed: readonly AuthorizationEvent[] = [
  { type: "ConsentGranted", data: { ...consent, consentedAt: 100 } },
  { type: "UserAuthenticated", data: { subjectId: subjectId("s1"), method: "password", authenticatedAt: 200 } },
  { type: "AuthorizationCodeIssued", data: code },
];
const redeemed = { type: "AuthorizationCodeRedeemed", data: { grantId: grantId("g1"), redeemedAt: 300 } } as const;
const complete: AuthorizationCommand = { type: "CompleteAuthorization", consent, consentedAt: 100, subjectId: subjectId("s1"), authentication: { method: "password" }, code, now: 200 };
const redeem = {
  type: "RedeemCode",
  codeFingerprint: "code-fp",
  clientId: clientId("c1"),
  redirectUriFingerprint: "redirect-fp",
  proven: true,
  grantId: grantId("g1"),
  now: 300,
} as const;

describe("an authorization", () => {
  it("begins with consent, sign-in and code, all at once", () => {
    given(authorizationDecider, []).when(complete).then(completed);
  });

  it("is completed once", () => {
    given(authorizationDecider, completed).when(complete).thenRejected("already_completed");
  });

  it("redeems its code for a grant", () => {
    given(authorizationDecider, completed).when(redeem).then([redeemed]);
  });

  it("redeems its code for a request without a redirect URI, as OAuth 2.1 sends it", () => {
    const { redirectUriFingerprint: _, ...without } = redeem;
    given(authorizationDecider, completed).when(without).then([redeemed]);
  });

  it.each([
    { why: "a guessed secret", change: { codeFingerprint: "other" }, reason: "unknown_code" },
    { why: "another client", change: { clientId: clientId("c2") }, reason: "foreign_client" },
    { why: "another redirect URI", change: { redirectUriFingerprint: "other" }, reason: "redirect_uri_differs" },
    { why: "a verifier that does not fit", change: { proven: false }, reason: "proof_failed" },
  ] as const)("moves nothing for $why, neither before nor after the redemption", ({ change, reason }) => {
    given(authorizationDecider, completed).when({ ...redeem, ...change }).thenRejected(reason);
    given(authorizationDecider, [...completed, redeemed]).when({ ...redeem, ...change }).thenRejected(reason);
  });

  it("records a proven second use, once, and still knows the first grant", () => {
    const replayed: AuthorizationEvent = { type: "AuthorizationCodeReplayed", data: { grantId: grantId("g1"), replayedAt: 400 } };
    const again = { ...redeem, grantId: grantId("g2"), now: 400 };
    given(authorizationDecider, [...completed, redeemed]).when(again).then([replayed]);
    given(authorizationDecider, [...completed, redeemed, replayed]).when(again).then([]);
  });

  it("records a second use even after the code has expired", () => {
    given(authorizationDecider, [...completed, redeemed])
      .when({ ...redeem, now: 5_000 })
      .then([{ type: "AuthorizationCodeReplayed", data: { grantId: grantId("g1"), replayedAt: 5_000 } }]);
  });

  it("fails when its code comes at its expiry or later, for good", () => {
    given(authorizationDecider, completed).when({ ...redeem, now: 999 }).then([{ ...redeemed, data: { ...redeemed.data, redeemedAt: 999 } }]);
    const failed: AuthorizationEvent = { type: "AuthorizationFailed", data: { reason: "code_expired", failedAt: 1_000 } };
    given(authorizationDecider, completed).when({ ...redeem, now: 1_000 }).then([failed]);
    given(authorizationDecider, [...completed, failed]).when(redeem).thenRejected("unknown_code");
  });

  it("knows no code before one was issued", () => {
    given(authorizationDecider, []).when(redeem).thenRejected("unknown_code");
    given(authorizationDecider, completed.slice(0, 2)).when(redeem).thenRejected("unknown_code");
  });

  it("names its stream", () => {
    expect(authorizationDecider.streamId("x")).toBe("authorization-x");
  });
});
