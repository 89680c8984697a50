import type { SealingKey, vaultV1 } from "@mcp-auth-proxy/contracts";
import type { Secret } from "@mcp-auth-proxy/crypto";
import { maxAnswerBytes } from "../custody/answers.ts";
import { leaseRefreshToken } from "../custody/refresh-lease.ts";
import type { RefresherParts } from "../parts.ts";
import type { TokenEndpoint } from "../upstream/endpoints.ts";
import { sendRefresh, type UpstreamOutcome } from "../upstream/refresh-request.ts";
import type { Target } from "../upstream/targets.ts";
import type { Attempt } from "./begin.ts";
import { noteSending } from "./claim.ts";
import { failed, lost, notLeased, refused, type AttemptEnd } from "./fail.ts";
import { takeAnswer } from "./take-answer.ts";

interface Prepared {
  readonly endpoint: TokenEndpoint;
  readonly vaultKey: SealingKey;
  readonly refreshToken: Secret<string>;
}

/** The last word before the first byte: the claim must be ours, and our own time not over. Then it counts as sent, whatever happens. */
const mayWrite = async (parts: RefresherParts, { attemptId, credential, epoch, deadline }: Attempt): Promise<boolean> => {
  const { credentialId } = credential;
  const noted = await parts.store.transact(async (transaction) => noteSending(transaction.sql, { credentialId, epoch, attemptId, now: await transaction.databaseTime() }));
  return noted && parts.monotonic() < deadline;
};

const ask = (parts: RefresherParts, attempt: Attempt, target: Target, { endpoint, refreshToken }: Prepared): Promise<UpstreamOutcome> => {
  const leftMs = Math.floor(attempt.deadline - parts.monotonic());
  return sendRefresh(parts.outbound, parts.clock, {
    endpoint,
    target,
    refreshToken,
    maxBytes: maxAnswerBytes,
    timeoutMs: Math.max(1, Math.min(parts.config.limits.providerMs, leftMs)),
    mayWrite: () => mayWrite(parts, attempt),
  });
};

/** One attempt, from the vault's lease to the vault's acknowledgement. The provider is asked at most once. */
export const runAttempt = async (parts: RefresherParts, attempt: Attempt, target: Target, cause: vaultV1.RefreshCause): Promise<AttemptEnd> => {
  const { attemptId, credential } = attempt;
  const { credentialId, generation, provider } = credential;
  let endpoint: TokenEndpoint;
  try {
    endpoint = await parts.endpoints.of(target.provider);
  } catch (error) {
    parts.pressure.troubled(provider, undefined);
    return failed(parts, attempt, { failure: "temporary", final: false }, error instanceof Error ? error.message : "no token endpoint");
  }
  let prepared: Prepared;
  try {
    // The key first: an answer that can not be sealed would be lost.
    const vaultKey = await parts.vaultKey.current();
    const { refreshToken } = await leaseRefreshToken(parts.messenger, { credentialId, generation, attemptId, cause });
    prepared = { endpoint, vaultKey, refreshToken };
  } catch (error) {
    return notLeased(parts, attempt, cause.kind, error);
  }
  const outcome = await ask(parts, attempt, target, prepared);
  switch (outcome.kind) {
    case "answered":
      return takeAnswer(parts, attempt, target, outcome, prepared.vaultKey);
    case "refused":
      return refused(parts, attempt, target, outcome);
    case "not-sent":
      parts.pressure.troubled(provider, undefined);
      return failed(parts, attempt, { failure: "temporary", final: false }, outcome.detail);
    case "unusable":
      return lost(parts, attempt, target, "unusable-answer", outcome.detail);
    case "unknown":
      return lost(parts, attempt, target, "uncertain", outcome.detail);
    default:
      return outcome satisfies never;
  }
};
