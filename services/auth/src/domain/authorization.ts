import { err, ok, type ClientId, type GrantId, type Result, type SubjectId } from "@mcp-auth-proxy/contracts";
import type { Decider } from "@mcp-auth-proxy/event-store";

/** What somebody agreed to. `resource` is the audience of every token that follows; `scope` is space separated. */
export interface Consent {
  readonly clientId: ClientId;
  readonly resource: string;
  readonly scope: string;
  /** What was asked for and unticked, space separated: without `offline_access` in it nobody stays connected unasked. */
  readonly declinedScope?: string;
}

/** The code as the log knows it: keyed fingerprints only, so that the log opens nothing. */
export interface IssuedCode {
  readonly codeFingerprint: string;
  readonly redirectUriFingerprint: string;
  /** Absent only where the operator made PKCE optional (loopback). */
  readonly challenge?: { readonly method: "S256" | "plain"; readonly fingerprint: string };
  readonly expiresAt: number;
}

/** How the person proved who they are; a session was started by one of the others before. */
export type AuthenticationMethod = "password" | "provider" | "session";

/** `provider`: which one, where it was one. */
export interface Authentication {
  readonly method: AuthenticationMethod;
  readonly provider?: string;
}

export type AuthorizationEvent =
  | { readonly type: "ConsentGranted"; readonly data: Consent & { readonly consentedAt: number } }
  | { readonly type: "UserAuthenticated"; readonly data: Authentication & { readonly subjectId: SubjectId; readonly authenticatedAt: number } }
  | { readonly type: "AuthorizationCodeIssued"; readonly data: IssuedCode }
  | { readonly type: "AuthorizationCodeRedeemed"; readonly data: { readonly grantId: GrantId; readonly redeemedAt: number } }
  | { readonly type: "AuthorizationCodeReplayed"; readonly data: { readonly grantId: GrantId; readonly replayedAt: number } }
  | { readonly type: "AuthorizationFailed"; readonly data: { readonly reason: "code_expired"; readonly failedAt: number } };

type Authenticated = Consent & { readonly subjectId: SubjectId; readonly authenticatedAt: number };
type Issued = Authenticated & { readonly code: IssuedCode };

export type AuthorizationState =
  | { readonly status: "none" }
  | ({ readonly status: "consented" } & Consent)
  | ({ readonly status: "authenticated" } & Authenticated)
  | ({ readonly status: "issued" } & Issued)
  | ({ readonly status: "redeemed"; readonly grantId: GrantId; readonly replayed: boolean } & Issued)
  | { readonly status: "failed" };

const evolve = (state: AuthorizationState, event: AuthorizationEvent): AuthorizationState => {
  switch (event.type) {
    case "ConsentGranted": {
      const { clientId, resource, scope, declinedScope } = event.data;
      return { status: "consented", clientId, resource, scope, ...(declinedScope === undefined ? {} : { declinedScope }) };
    }
    case "UserAuthenticated": {
      const { subjectId, authenticatedAt } = event.data;
      return state.status === "consented" ? { ...state, status: "authenticated", subjectId, authenticatedAt } : state;
    }
    case "AuthorizationCodeIssued":
      return state.status === "authenticated" ? { ...state, status: "issued", code: event.data } : state;
    case "AuthorizationCodeRedeemed":
      return state.status === "issued" ? { ...state, status: "redeemed", grantId: event.data.grantId, replayed: false } : state;
    case "AuthorizationCodeReplayed":
      return state.status === "redeemed" ? { ...state, replayed: true } : state;
    case "AuthorizationFailed":
      return { status: "failed" };
    default:
      event satisfies never;
      return state;
  }
};

export type AuthorizationCommand =
  | {
      readonly type: "CompleteAuthorization";
      readonly consent: Consent;
      readonly consentedAt: number;
      readonly subjectId: SubjectId;
      readonly authentication: Authentication;
      readonly code: IssuedCode;
      readonly now: number;
    }
  | {
      readonly type: "RedeemCode";
      readonly codeFingerprint: string;
      readonly clientId: ClientId;
      /** Absent where the request did not name one (OAuth 2.1 no longer sends it). */
      readonly redirectUriFingerprint?: string;
      /** Whether the verifier answered this stream's own challenge. */
      readonly proven: boolean;
      readonly grantId: GrantId;
      readonly now: number;
    };

export type AuthorizationRejection =
  | "already_completed"
  | "unknown_code"
  | "foreign_client"
  | "redirect_uri_differs"
  | "proof_failed";

/**
 * The first two events are written with the third or not at all: nothing unauthenticated is ever appended, because
 * an anonymous caller must not be able to grow the log.
 */
const complete = (
  command: Extract<AuthorizationCommand, { type: "CompleteAuthorization" }>,
  state: AuthorizationState,
): Result<readonly AuthorizationEvent[], AuthorizationRejection> => {
  if (state.status !== "none") return err("already_completed");
  return ok([
    { type: "ConsentGranted", data: { ...command.consent, consentedAt: command.consentedAt } },
    { type: "UserAuthenticated", data: { subjectId: command.subjectId, ...command.authentication, authenticatedAt: command.now } },
    { type: "AuthorizationCodeIssued", data: command.code },
  ]);
};

/**
 * OAuth 2.1 section 4.1.3. Whoever cannot prove to be the client that asked moves nothing, before and after the
 * redemption: a code seen in a browser's history must neither burn it nor end the grant. A second use that is
 * proven completely is a stolen code (RFC 9700 section 4.5) and is answered with an event; the caller revokes the grant.
 */
const redeem = (
  command: Extract<AuthorizationCommand, { type: "RedeemCode" }>,
  state: AuthorizationState,
): Result<readonly AuthorizationEvent[], AuthorizationRejection> => {
  if (state.status !== "issued" && state.status !== "redeemed") return err("unknown_code");
  // Fingerprints are keyed with a secret pepper: comparing them plainly tells a caller nothing.
  if (command.codeFingerprint !== state.code.codeFingerprint) return err("unknown_code");
  if (command.clientId !== state.clientId) return err("foreign_client");
  const redirect = command.redirectUriFingerprint;
  if (redirect !== undefined && redirect !== state.code.redirectUriFingerprint) return err("redirect_uri_differs");
  if (!command.proven) return err("proof_failed");
  if (state.status === "redeemed") {
    return ok(state.replayed ? [] : [{ type: "AuthorizationCodeReplayed", data: { grantId: state.grantId, replayedAt: command.now } }]);
  }
  if (command.now >= state.code.expiresAt) {
    return ok([{ type: "AuthorizationFailed", data: { reason: "code_expired", failedAt: command.now } }]);
  }
  return ok([{ type: "AuthorizationCodeRedeemed", data: { grantId: command.grantId, redeemedAt: command.now } }]);
};

const decide = (
  command: AuthorizationCommand,
  state: AuthorizationState,
): Result<readonly AuthorizationEvent[], AuthorizationRejection> => {
  switch (command.type) {
    case "CompleteAuthorization":
      return complete(command, state);
    case "RedeemCode":
      return redeem(command, state);
    default:
      return command satisfies never;
  }
};

/** One sign-in, from consent to the redemption of its code. */
export const authorizationDecider: Decider<AuthorizationState, AuthorizationCommand, AuthorizationEvent, AuthorizationRejection> = {
  name: "authorization",
  eventTypes: {
    ConsentGranted: 1,
    UserAuthenticated: 1,
    AuthorizationCodeIssued: 1,
    AuthorizationCodeRedeemed: 1,
    AuthorizationCodeReplayed: 1,
    AuthorizationFailed: 1,
  },
  initialState: { status: "none" },
  decide,
  evolve,
  /** Redeemed, failed, or past its code. A code that is used again all the same is still known, and still ends its grant. */
  ended: (state, now) => state.status === "redeemed" || state.status === "failed" || (state.status === "issued" && state.code.expiresAt <= now),
  streamId: (id) => `authorization-${id}`,
};
