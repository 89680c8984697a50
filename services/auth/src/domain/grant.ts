import { err, ok, type AuthorizationId, type ClientId, type GrantId, type Result, type SubjectId } from "@mcp-auth-proxy/contracts";
import type { Decider } from "@mcp-auth-proxy/event-store";

/** Who may do what, where. Never changes during the life of a grant. */
export interface GrantTerms {
  readonly subjectId: SubjectId;
  readonly clientId: ClientId;
  /** The audience of every access token of this grant. */
  readonly resource: string;
  /** Space separated. */
  readonly scope: string;
}

/** The refresh token that counts now, as a keyed fingerprint. `generation` starts at 1 and grows with each rotation. */
export interface CurrentRefreshToken {
  readonly fingerprint: string;
  readonly generation: number;
  readonly expiresAt: number;
}

/** What a grant without a sign-in rests on: the operator's configuration, or the word of an issuer that the operator trusts. */
export type GrantOrigin = "client-credentials" | "id-jag";

export type GrantRevocationReason = "operator" | "person" | "client" | "code-replayed" | "refresh-token-reused";

export type GrantEvent =
  | {
      readonly type: "GrantIssued";
      readonly data: GrantTerms & {
        readonly grantId: GrantId;
        /** Absent where nobody signed in here; then `origin` says why there is a grant. */
        readonly authorizationId?: AuthorizationId;
        readonly origin?: GrantOrigin;
        readonly refresh?: CurrentRefreshToken;
        readonly accessTokenExpiresAt: number;
        readonly issuedAt: number;
      };
    }
  | { readonly type: "RefreshTokenRotated"; readonly data: CurrentRefreshToken & { readonly accessTokenExpiresAt: number; readonly rotatedAt: number } }
  | { readonly type: "RefreshTokenReplayed"; readonly data: { readonly generation: number; readonly replayedAt: number } }
  | { readonly type: "RefreshTokenReuseDetected"; readonly data: { readonly generation: number; readonly currentGeneration: number; readonly detectedAt: number } }
  | {
      readonly type: "GrantRevoked";
      readonly data: {
        readonly grantId: GrantId;
        readonly subjectId: SubjectId;
        readonly clientId: ClientId;
        readonly reason: GrantRevocationReason;
        readonly revokedAt: number;
        /** The longest `exp` of an access token of this grant: until then bridges must deny it. */
        readonly accessTokensEndAt: number;
      };
    };

type Held = GrantTerms & {
  readonly grantId: GrantId;
  readonly refresh?: CurrentRefreshToken;
  /** The youngest generation whose repetition is on record: one fact per rotation, however often it is repeated. */
  readonly lastReplayed: number;
  readonly accessTokensEndAt: number;
};

export type GrantState = { readonly status: "none" } | ({ readonly status: "active" } & Held) | ({ readonly status: "revoked" } & Held);

const evolve = (state: GrantState, event: GrantEvent): GrantState => {
  if (event.type === "GrantIssued") {
    const { grantId, subjectId, clientId, resource, scope, refresh, accessTokenExpiresAt } = event.data;
    const held = { grantId, subjectId, clientId, resource, scope, lastReplayed: 0, accessTokensEndAt: accessTokenExpiresAt };
    return { status: "active", ...held, ...(refresh === undefined ? {} : { refresh }) };
  }
  if (state.status === "none") return state;
  switch (event.type) {
    case "RefreshTokenRotated": {
      const { fingerprint, generation, expiresAt, accessTokenExpiresAt } = event.data;
      const accessTokensEndAt = Math.max(state.accessTokensEndAt, accessTokenExpiresAt);
      return { ...state, refresh: { fingerprint, generation, expiresAt }, accessTokensEndAt };
    }
    case "RefreshTokenReplayed":
      return { ...state, lastReplayed: event.data.generation };
    case "RefreshTokenReuseDetected":
      return state;
    case "GrantRevoked":
      return { ...state, status: "revoked" };
    default:
      event satisfies never;
      return state;
  }
};

/** A refresh token whose tag is genuine: ours, of this grant and generation, made with our pepper. */
export interface PresentedRefreshToken {
  readonly clientId: ClientId;
  readonly generation: number;
  readonly fingerprint: string;
}

export type GrantCommand =
  | {
      readonly type: "IssueGrant";
      readonly grantId: GrantId;
      readonly basis: { readonly authorizationId: AuthorizationId } | { readonly origin: GrantOrigin };
      readonly terms: GrantTerms;
      readonly refresh?: CurrentRefreshToken;
      readonly accessTokenExpiresAt: number;
      readonly now: number;
    }
  | {
      readonly type: "RotateRefreshToken";
      readonly presented: PresentedRefreshToken;
      readonly successor: CurrentRefreshToken;
      readonly accessTokenExpiresAt: number;
      readonly now: number;
    }
  /** A superseded token whose window is open: its client gets the current answer again. */
  | { readonly type: "RecordReplay"; readonly presented: PresentedRefreshToken; readonly now: number }
  /** A superseded token whose window has closed: two parties hold the family (RFC 9700 section 4.14.2). */
  | { readonly type: "ReportReuse"; readonly presented: PresentedRefreshToken; readonly now: number }
  | { readonly type: "RevokeGrant"; readonly reason: GrantRevocationReason; readonly now: number };

export type GrantRejection = "already_issued" | "unknown_grant" | "revoked" | "foreign_client" | "expired" | "superseded" | "unknown_token";

type Active = Extract<GrantState, { status: "active" }>;
type Decision = Result<readonly GrantEvent[], GrantRejection>;

const revocation = (state: Held, reason: GrantRevocationReason, now: number): GrantEvent => ({
  type: "GrantRevoked",
  data: {
    grantId: state.grantId,
    subjectId: state.subjectId,
    clientId: state.clientId,
    reason,
    revokedAt: now,
    accessTokensEndAt: state.accessTokensEndAt,
  },
});

/**
 * Whether the presented token may move anything at all. Another client may not: presenting a token must not be a
 * way to sign people out.
 */
const standing = (
  presented: PresentedRefreshToken,
  state: Active,
  now: number,
): Result<{ readonly refresh: CurrentRefreshToken; readonly superseded: boolean }, GrantRejection> => {
  if (presented.clientId !== state.clientId) return err("foreign_client");
  const { refresh } = state;
  if (refresh === undefined || presented.generation > refresh.generation) return err("unknown_token");
  if (now >= refresh.expiresAt) return err("expired");
  const superseded = presented.generation < refresh.generation;
  // Same generation and another token: made before a backup was restored. It is ours, and not the one that counts.
  if (!superseded && presented.fingerprint !== refresh.fingerprint) return err("unknown_token");
  return ok({ refresh, superseded });
};

const rotate = (command: Extract<GrantCommand, { type: "RotateRefreshToken" }>, state: Active): Decision => {
  const { presented, successor, accessTokenExpiresAt, now } = command;
  const stands = standing(presented, state, now);
  if (!stands.ok) return stands;
  if (stands.value.superseded) return err("superseded");
  return ok([{ type: "RefreshTokenRotated", data: { ...successor, accessTokenExpiresAt, rotatedAt: now } }]);
};

const recordReplay = (command: Extract<GrantCommand, { type: "RecordReplay" }>, state: Active): Decision => {
  const stands = standing(command.presented, state, command.now);
  if (!stands.ok) return stands;
  const { generation } = command.presented;
  if (!stands.value.superseded || generation <= state.lastReplayed) return ok([]);
  return ok([{ type: "RefreshTokenReplayed", data: { generation, replayedAt: command.now } }]);
};

const reportReuse = (command: Extract<GrantCommand, { type: "ReportReuse" }>, state: Active): Decision => {
  const stands = standing(command.presented, state, command.now);
  if (!stands.ok) return stands;
  const { refresh, superseded } = stands.value;
  if (!superseded) return ok([]);
  const { generation } = command.presented;
  return ok([
    { type: "RefreshTokenReuseDetected", data: { generation, currentGeneration: refresh.generation, detectedAt: command.now } },
    revocation(state, "refresh-token-reused", command.now),
  ]);
};

const decide = (command: GrantCommand, state: GrantState): Decision => {
  if (command.type === "IssueGrant") {
    if (state.status !== "none") return err("already_issued");
    const { grantId, basis, terms, refresh, accessTokenExpiresAt, now } = command;
    const data = { ...terms, grantId, ...basis, accessTokenExpiresAt, issuedAt: now };
    return ok([{ type: "GrantIssued", data: refresh === undefined ? data : { ...data, refresh } }]);
  }
  if (state.status === "none") return err("unknown_grant");
  if (state.status === "revoked") return command.type === "RevokeGrant" ? ok([]) : err("revoked");
  switch (command.type) {
    case "RotateRefreshToken":
      return rotate(command, state);
    case "RecordReplay":
      return recordReplay(command, state);
    case "ReportReuse":
      return reportReuse(command, state);
    case "RevokeGrant":
      return ok([revocation(state, command.reason, command.now)]);
    default:
      return command satisfies never;
  }
};

/** One client's access on behalf of one person, with the family of refresh tokens that keeps it alive. */
export const grantDecider: Decider<GrantState, GrantCommand, GrantEvent, GrantRejection> = {
  name: "grant",
  eventTypes: { GrantIssued: 1, RefreshTokenRotated: 1, RefreshTokenReplayed: 1, RefreshTokenReuseDetected: 1, GrantRevoked: 1 },
  initialState: { status: "none" },
  decide,
  evolve,
  /** Revoked, or expired with its last token: no token of it can move anything. */
  ended: (state, now) => {
    if (state.status !== "active") return state.status === "revoked" && state.accessTokensEndAt <= now;
    return (state.refresh === undefined || state.refresh.expiresAt <= now) && state.accessTokensEndAt <= now;
  },
  streamId: (id) => `grant-${id}`,
};
