import type { Secret } from "@mcp-auth-proxy/crypto";
import { addressKey, overRate } from "../limits/rate.ts";
import type { AuthParts } from "../parts.ts";
import type { SignInProblem } from "../views/models.ts";
import { beginAttempt, forgive, type Attempt } from "./lockout.ts";

/** Attempts of one address in a window, right ones included. The cache may lose the count: the lockout is what must hold. */
const tooOften = async ({ kv, keys, config, clock }: AuthParts, { address }: Attempt): Promise<SignInProblem | undefined> => {
  const { signInsPerAddress, signInWindowMs } = config.limits;
  const waitMs = await overRate(kv, [{ key: addressKey(keys, "sign-in", address), most: signInsPerAddress, windowMs: signInWindowMs }]);
  const now = clock.now();
  return waitMs === undefined ? undefined : { kind: "locked", unlocksAt: now + waitMs, now };
};

/**
 * Tries a password. Undefined when it is right.
 * Throws AppError `limit_exceeded` when too many are waiting to be checked.
 */
export const signInWithPassword = async (parts: AuthParts, attempt: Attempt, password: Secret<string>): Promise<SignInProblem | undefined> => {
  const limited = await tooOften(parts, attempt);
  if (limited !== undefined) return limited;
  return parts.passwordTurns(async () => {
    const now = parts.clock.now();
    const verdict = await beginAttempt(parts.store, parts.keys, attempt, parts.config.limits, now);
    if (!verdict.allowed) return { kind: "locked", unlocksAt: verdict.unlocksAt, now };
    if (!(await parts.checkPassword(password))) {
      // Before the answer: nobody learns that a password is wrong without a trace. The lockout bounds how many there can be.
      await parts.audit.record({ kind: verdict.locks ? "sign-in-locked" : "sign-in-failed", at: now, facts: { actor: "anonymous", correlationId: attempt.correlationId } });
      return { kind: "wrong-password" };
    }
    // Still in our turn: right attempts at the same time must not add up to a lock.
    await forgive(parts.store, parts.keys, attempt, parts.config.limits);
    await parts.audit.record({ kind: "sign-in-passed", at: now, facts: { actor: "anonymous", correlationId: attempt.correlationId } });
    return undefined;
  });
};
