import { err, ok, type Result, type vaultV1 } from "@mcp-auth-proxy/contracts";

/** How long a bridge may keep an access token in memory. */
export const longestLeaseMs = 60_000;
/** Attempts at one credential in one minute: a few retries of several askers, and no more. */
export const attemptsPerMinute = 10;
const minuteMs = 60_000;
/** How long it is remembered which generation an attempt is about: longer than any attempt takes. */
export const attemptRememberedMs = 600_000;
/** The refresher's clock may be so much ahead of ours. */
const skewMs = 5_000;

/** A credential as leases see it. */
export interface LeasedCredential {
  readonly facts: vaultV1.CredentialFacts;
  readonly brokenBecause?: vaultV1.BreakReason;
}

/** What a person is told about a credential. */
export const statusOf = ({ facts, brokenBecause }: LeasedCredential, now: number): vaultV1.CredentialStatus => {
  if (brokenBecause !== undefined) return "broken";
  return isLive(facts, now) || facts.refreshable ? "connected" : "expired";
};

/** Without an expiry a token counts until its provider says otherwise. */
const isLive = ({ expiresAt }: vaultV1.CredentialFacts, now: number): boolean => expiresAt === undefined || now < expiresAt;

export type AccessRefusal = "not_connected" | "credential_expired" | "reconnect_required";

/** Until when the access token may be kept by who asks for a living caller: never longer than that caller's token, or itself, counts. */
export const decideAccessLease = (
  credential: LeasedCredential | undefined,
  caller: { readonly expiresAt: number },
  now: number,
): Result<{ readonly credential: LeasedCredential; readonly leaseUntil: number }, AccessRefusal> => {
  if (credential === undefined) return err("not_connected");
  const { facts, brokenBecause } = credential;
  if (brokenBecause !== undefined) return err("reconnect_required");
  if (!isLive(facts, now)) return err(facts.refreshable ? "credential_expired" : "reconnect_required");
  return ok({ credential, leaseUntil: Math.min(now + longestLeaseMs, facts.expiresAt ?? Number.MAX_SAFE_INTEGER, caller.expiresAt) });
};

/** Why a refresh token is asked for. `asked`: by whom, as their own access token says. */
export type RefreshGround = { readonly kind: "due" } | { readonly kind: "asked"; readonly caller: { readonly subject: string; readonly resource: string } };

export type RefreshRefusal = "not_found" | "conflict" | "reconnect_required" | "refused" | "limit_exceeded";

export interface RefreshLeaseRequest {
  readonly generation: number;
  readonly attemptId: string;
  readonly ground: RefreshGround;
}

/** An attempt that got a refresh token of this credential. */
export interface EarlierAttempt {
  readonly attemptId: string;
  readonly generation: number;
  readonly leasedAt: number;
}

/** Whether a refresh token may leave the vault for this attempt. `earlier`: those that are remembered. */
export const decideRefreshLease = (
  credential: LeasedCredential | undefined,
  { generation, attemptId, ground }: RefreshLeaseRequest,
  earlier: readonly EarlierAttempt[],
  { thresholdMs, now }: { readonly thresholdMs: number; readonly now: number },
): Result<LeasedCredential, RefreshRefusal> => {
  if (credential === undefined) return err("not_found");
  const { facts, brokenBecause } = credential;
  if (facts.generation !== generation) return err("conflict");
  if (!isGrounded(ground, facts, thresholdMs, now)) return err("refused");
  if (brokenBecause !== undefined || !facts.refreshable) return err("reconnect_required");
  const same = earlier.find((attempt) => attempt.attemptId === attemptId);
  // The same attempt may have lost the answer, and asks for the same once more; not for another generation.
  if (same !== undefined) return same.generation === generation ? ok(credential) : err("refused");
  const recent = earlier.filter(({ leasedAt }) => leasedAt > now - minuteMs);
  return recent.length < attemptsPerMinute ? ok(credential) : err("limit_exceeded");
};

const isGrounded = (ground: RefreshGround, facts: vaultV1.CredentialFacts, thresholdMs: number, now: number): boolean => {
  if (ground.kind === "asked") return ground.caller.subject === facts.subjectId && ground.caller.resource === facts.resource;
  return facts.expiresAt !== undefined && now >= facts.expiresAt - thresholdMs - skewMs;
};
