import { given } from "@mcp-auth-proxy/event-store/testing";
import { describe, expect, it } from "vitest";
import { grantDecider, type GrantCommand, type GrantEvent } from "../../src/domain/grant.ts";
import { authorizationId, clientId, grantId, subjectId } from "../../src/domain/ids.ts";

const terms = { subjectId: subjectId("s1"), clientId: clientId("c1"), resource: "https://gateway.example/mcp", scope: "mcp-access" };
const issued = {
  type: "GrantIssued",
  data: {
    ...terms,
    grantId: grantId("g1"),
    authorizationId: authorizationId("a1"),
    refresh: { fingerprint: "one", generation: 1, expiresAt: 10_000 },
    accessTokenExpiresAt: 500,
    issuedAt: 0,
  },
} as const;
const rotated = { type: "RefreshTokenRotated", data: { fingerprint: "two", generation: 2, expiresAt: 20_000, accessTokenExpiresAt: 900, rotatedAt: 400 } } as const;
const first = { clientId: clientId("c1"), generation: 1, fingerprint: "one" };
const second = { clientId: clientId("c1"), generation: 2, fingerprint: "two" };
const rotate = (presented: typeof first, now = 400): GrantCommand => ({
  type: "RotateRefreshToken",
  presented,
  successor: { fingerprint: "two", generation: 2, expiresAt: 20_000 },
  accessTokenExpiresAt: 900,
  now,
});
const revoked = (reason: "client" | "refresh-token-reused", accessTokensEndAt: number): GrantEvent => ({
  type: "GrantRevoked",
  data: { grantId: grantId("g1"), subjectId: subjectId("s1"), clientId: clientId("c1"), reason, revokedAt: 600, accessTokensEndAt },
});

describe("a grant", () => {
  it("is issued once", () => {
    const command: GrantCommand = {
      type: "IssueGrant",
      grantId: grantId("g1"),
      basis: { authorizationId: authorizationId("a1") },
      terms,
      refresh: { fingerprint: "one", generation: 1, expiresAt: 10_000 },
      accessTokenExpiresAt: 500,
      now: 0,
    };
    given(grantDecider, []).when(command).then([issued]);
    given(grantDecider, [issued]).when(command).thenRejected("already_issued");
  });

  it("can do without a refresh token, and then rotates none", () => {
    const { refresh: _, ...data } = issued.data;
    given(grantDecider, [{ type: "GrantIssued", data }]).when(rotate(first)).thenRejected("unknown_token");
  });

  it("is unknown before it is issued", () => {
    given(grantDecider, []).when(rotate(first)).thenRejected("unknown_grant");
    given(grantDecider, []).when({ type: "RevokeGrant", reason: "client", now: 1 }).thenRejected("unknown_grant");
  });
});

describe("rotation", () => {
  it("replaces the token that counts", () => {
    given(grantDecider, [issued]).when(rotate(first)).then([rotated]);
  });

  it("refuses a token that was replaced", () => {
    given(grantDecider, [issued, rotated]).when(rotate(first)).thenRejected("superseded");
  });

  it.each([
    { why: "another client's presentation", presented: { ...first, clientId: clientId("c2") }, now: 400, reason: "foreign_client" },
    { why: "a token of a generation to come", presented: { ...first, generation: 2 }, now: 400, reason: "unknown_token" },
    { why: "another token of this generation, from before a restore", presented: { ...first, fingerprint: "other" }, now: 400, reason: "unknown_token" },
    { why: "an expired token", presented: first, now: 10_000, reason: "expired" },
  ])("refuses $why", ({ presented, now, reason }) => {
    given(grantDecider, [issued]).when(rotate(presented, now)).thenRejected(reason);
  });

  it("starts the idle time anew", () => {
    given(grantDecider, [issued, rotated]).when(rotate(second, 10_000)).then([{ ...rotated, data: { ...rotated.data, rotatedAt: 10_000 } }]);
  });
});

describe("repetition and reuse", () => {
  const replay = (presented: typeof first): GrantCommand => ({ type: "RecordReplay", presented, now: 450 });
  const reuse = (presented: typeof first): GrantCommand => ({ type: "ReportReuse", presented, now: 600 });

  it("records the repetition of a generation once", () => {
    const replayed: GrantEvent = { type: "RefreshTokenReplayed", data: { generation: 1, replayedAt: 450 } };
    given(grantDecider, [issued, rotated]).when(replay(first)).then([replayed]);
    given(grantDecider, [issued, rotated, replayed]).when(replay(first)).then([]);
  });

  it("ends the family when a replaced token is used after its window", () => {
    given(grantDecider, [issued, rotated])
      .when(reuse(first))
      .then([
        { type: "RefreshTokenReuseDetected", data: { generation: 1, currentGeneration: 2, detectedAt: 600 } },
        revoked("refresh-token-reused", 900),
      ]);
  });

  it("never ends the family for the token that counts, nor for another client", () => {
    given(grantDecider, [issued, rotated]).when(reuse(second)).then([]);
    given(grantDecider, [issued, rotated]).when(reuse({ ...first, clientId: clientId("c2") })).thenRejected("foreign_client");
  });

  it("has nothing to say about an expired family", () => {
    given(grantDecider, [issued, rotated]).when({ ...reuse(first), now: 20_000 }).thenRejected("expired");
  });
});

describe("revocation", () => {
  it("says until when an access token may live: the longest of all rotations", () => {
    given(grantDecider, [issued]).when({ type: "RevokeGrant", reason: "client", now: 600 }).then([revoked("client", 500)]);
    given(grantDecider, [issued, rotated]).when({ type: "RevokeGrant", reason: "client", now: 600 }).then([revoked("client", 900)]);
  });

  it("happens once, and ends everything", () => {
    const history = [issued, rotated, revoked("client", 900)];
    given(grantDecider, history).when({ type: "RevokeGrant", reason: "operator", now: 700 }).then([]);
    given(grantDecider, history).when(rotate(second)).thenRejected("revoked");
    given(grantDecider, history).when({ type: "ReportReuse", presented: first, now: 700 }).thenRejected("revoked");
    expect(grantDecider.streamId("x")).toBe("grant-x");
  });
});
