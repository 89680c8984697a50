import { AppError, type ErrorCode, type refresherV1 } from "@mcp-auth-proxy/contracts";
import { forgetCredential, markBroken } from "../custody/credentials.ts";
import { attemptDecider } from "../domain/attempt.ts";
import type { AbandonReason, RefreshCause } from "../domain/attempt-events.ts";
import type { RefresherParts } from "../parts.ts";
import type { Refusal } from "../upstream/answer.ts";
import type { Target } from "../upstream/targets.ts";
import type { Attempt } from "./begin.ts";
import { releaseIn } from "./claim.ts";
import { failIn, settle, survivesUse, type Attempted, type Failure } from "./conclude.ts";

/** How an attempt ended, for whoever waits. The log has it, too. */
export type AttemptEnd =
  | { readonly kind: "succeeded" }
  /** The provider answered; the vault does not have it yet. */
  | { readonly kind: "answered" }
  | { readonly kind: "failed"; readonly failure: refresherV1.FailureClass }
  /** The vault did not give the refresh token away. */
  | { readonly kind: "not-leased"; readonly code: ErrorCode };

/** What the vault's refusal means for the plan, whatever it was asked. Codes that are not here may be different next time. */
export const abandonedBecause: Readonly<Partial<Record<ErrorCode, AbandonReason>>> = {
  conflict: "superseded",
  not_found: "forgotten",
  reconnect_required: "broken",
};

export const attemptedOf = ({ attemptId, credential }: Attempt): Attempted => ({
  attemptId,
  credentialId: credential.credentialId,
  provider: credential.provider,
  generation: credential.generation,
});

/** Ends an attempt that failed: on the log, and with its claim given back. */
export const failed = async (parts: RefresherParts, attempt: Attempt, failure: Failure, detail: string): Promise<AttemptEnd> => {
  const { attemptId, credential, epoch } = attempt;
  const { credentialId, provider, subjectId: user } = credential;
  const state = await settle(parts, attemptId, async (unit) => {
    const after = await failIn(unit, attemptedOf(attempt), failure, parts.config.policy);
    await releaseIn(unit.sql, credentialId, epoch);
    return after;
  });
  const retryAt = state.status === "waiting" && state.notBefore > 0 ? { retryAt: new Date(state.notBefore).toISOString() } : {};
  parts.log.warn({ user, provider, status: failure.failure, attemptId, detail, ...retryAt }, "Token refresh");
  return { kind: "failed", failure: failure.failure };
};

/** The vault gave nothing away, so nothing was sent: either there is nothing to refresh any more, or it may be tried again. */
export const notLeased = async (parts: RefresherParts, attempt: Attempt, asked: RefreshCause, cause: unknown): Promise<AttemptEnd> => {
  const code = cause instanceof AppError ? cause.code : "internal";
  if (code === "internal") parts.log.error({ err: cause, attemptId: attempt.attemptId }, "no refresh token came from the vault");
  const reason = abandonedBecause[code];
  if (reason === undefined) {
    // One caller's bad token says nothing about the credential: the next one must not have to wait for it.
    const free = asked === "asked" && code === "refused";
    await failed(parts, attempt, { failure: "temporary", final: false, free }, `the vault gave no refresh token: ${code}`);
    return { kind: "not-leased", code };
  }
  const { credentialId, generation } = attempt.credential;
  await settle(parts, attempt.attemptId, async (unit) => {
    await unit.execute(attemptDecider, credentialId, { type: "AbandonRefresh", credentialId, generation, reason });
    await releaseIn(unit.sql, credentialId, attempt.epoch);
    if (reason === "forgotten") await forgetCredential(unit.sql, credentialId);
    if (reason === "broken") await markBroken(unit.sql, credentialId, generation);
  });
  return { kind: "not-leased", code };
};

/** The provider said no. */
export const refused = (parts: RefresherParts, attempt: Attempt, target: Target, no: { readonly refusal: Refusal; readonly detail: string; readonly retryAfterAt?: number }): Promise<AttemptEnd> => {
  const { provider } = attempt.credential;
  const { refusal, detail, retryAfterAt } = no;
  if (refusal === "client-refused") parts.refused.note(provider, target.clientId, detail);
  if (refusal === "temporary") parts.pressure.troubled(provider, retryAfterAt);
  else parts.pressure.well(provider);
  return failed(parts, attempt, { failure: refusal, final: refusal === "invalid-grant", retryAfterAt }, detail);
};

/** The request went out, and new tokens, if there are any, will not come: tried again only where the old one survives that. */
export const lost = async (parts: RefresherParts, attempt: Attempt, target: Target, failure: "uncertain" | "unusable-answer", detail: string): Promise<AttemptEnd> => {
  parts.pressure.troubled(attempt.credential.provider, undefined);
  const again = await survivesUse(parts.store.sql, target.provider, attempt.credential.provider, target.clientId);
  return failed(parts, attempt, { failure, final: !again }, detail);
};
