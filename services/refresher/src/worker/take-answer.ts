import type { SealingKey } from "@mcp-auth-proxy/contracts";
import { dropAnswer, keepAnswer, sealAnswer, type StoredAnswer } from "../custody/answers.ts";
import type { RefresherParts } from "../parts.ts";
import { refusalInSuccess } from "../upstream/answer.ts";
import type { UpstreamOutcome } from "../upstream/refresh-request.ts";
import type { Target } from "../upstream/targets.ts";
import type { Attempt } from "./begin.ts";
import { settle } from "./conclude.ts";
import { deliver } from "./deliver.ts";
import { attemptedOf, refused, type AttemptEnd } from "./fail.ts";

type Answered = Extract<UpstreamOutcome, { kind: "answered" }>;

const keep = async (parts: RefresherParts, answer: StoredAnswer): Promise<void> => {
  try {
    await settle(parts, answer.attemptId, (unit) => keepAnswer(unit.sql, answer));
  } catch (cause) {
    // The vault's database may be well while ours is not: what can not be kept here is handed over all the same.
    parts.log.error({ err: cause, attemptId: answer.attemptId, provider: answer.provider }, "a provider's answer could not be kept");
  }
};

/**
 * A provider's answer is sealed and kept before anybody looks into it: whatever is found in it, and whoever does not
 * answer later (a key set, the vault, ourselves), the tokens are safe.
 */
export const takeAnswer = async (parts: RefresherParts, attempt: Attempt, target: Target, { body, receivedAt }: Answered, vaultKey: SealingKey): Promise<AttemptEnd> => {
  const { provider } = attempt.credential;
  const answer: StoredAnswer = { ...attemptedOf(attempt), clientId: target.clientId, sealed: await sealAnswer(vaultKey, body), receivedAt, tries: 0 };
  await keep(parts, answer);
  const refusal = refusalInSuccess(body);
  if (refusal !== undefined) {
    await settle(parts, attempt.attemptId, (unit) => dropAnswer(unit.sql, answer.attemptId));
    return refused(parts, attempt, target, { refusal, detail: "an error that came with a success" });
  }
  parts.pressure.well(provider);
  parts.refused.clear(provider, target.clientId);
  return { kind: (await deliver(parts, answer)) === "settled" ? "succeeded" : "answered" };
};
