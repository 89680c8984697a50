import { AppError, vaultV1 } from "@mcp-auth-proxy/contracts";
import type { Unit } from "@mcp-auth-proxy/event-store";
import { dropAnswer, postponeAnswer, type StoredAnswer } from "../custody/answers.ts";
import { findCredential, forgetCredential, keepCredential, markBroken } from "../custody/credentials.ts";
import { attemptDecider } from "../domain/attempt.ts";
import type { AbandonReason } from "../domain/attempt-events.ts";
import type { RefresherParts } from "../parts.ts";
import { releaseAfter } from "./claim.ts";
import { failIn, settle, survivesUse } from "./conclude.ts";
import { abandonedBecause } from "./fail.ts";

/** Whether the vault has said something final about an answer. */
export type Delivery = "settled" | "later";

const lostKeyMs = 600_000;

const completeIn = async (parts: RefresherParts, unit: Unit, answer: StoredAnswer, { facts, rotated }: { readonly facts: vaultV1.CredentialFacts; readonly rotated: boolean }): Promise<void> => {
  const { attemptId, credentialId, provider, clientId } = answer;
  await keepCredential(unit.sql, facts);
  const completed = await unit.execute(attemptDecider, credentialId, { type: "CompleteRefresh", credentialId, provider, generation: facts.generation, attemptId, clientId, rotated, now: unit.now });
  const planned = await unit.execute(attemptDecider, credentialId, { type: "PlanRefresh", credential: facts, thresholdMs: parts.config.policy.thresholdMs });
  if (!completed.ok || !planned.ok) throw new AppError("internal", "a refresh that the vault accepted was not taken down");
};

const abandonIn = async (unit: Unit, answer: StoredAnswer, reason: AbandonReason): Promise<void> => {
  const { credentialId, generation } = answer;
  await unit.execute(attemptDecider, credentialId, { type: "AbandonRefresh", credentialId, generation, reason });
  if (reason === "forgotten") await forgetCredential(unit.sql, credentialId);
  if (reason === "broken") await markBroken(unit.sql, credentialId, generation);
};

/** The vault can make nothing of it: the new tokens, if there were any, are lost. */
const giveUpIn = async (parts: RefresherParts, unit: Unit, answer: StoredAnswer): Promise<void> => {
  const credential = await findCredential(unit.sql, answer.credentialId);
  const target = credential === undefined ? undefined : parts.targetOf(credential);
  const again = await survivesUse(unit.sql, target?.provider, answer.provider, answer.clientId);
  await failIn(unit, answer, { failure: "unusable-answer", final: !again }, parts.config.policy);
};

const settleAnswer = (parts: RefresherParts, answer: StoredAnswer, work: (unit: Unit) => Promise<void>): Promise<void> =>
  settle(parts, answer.attemptId, async (unit) => {
    // Another replica may have sent it, too: the vault takes it once, and one of us takes that down.
    if (!(await dropAnswer(unit.sql, answer.attemptId))) return;
    await work(unit);
    await releaseAfter(unit.sql, answer.credentialId, answer.attemptId);
  });

const tellSuccess = (parts: RefresherParts, facts: vaultV1.CredentialFacts): void => {
  const { subjectId: user, provider, expiresAt } = facts;
  const expiresIn = expiresAt === undefined ? {} : { expires_in: Math.max(0, Math.floor((expiresAt - parts.clock.now()) / 1_000)) };
  parts.log.info({ user, provider, ...expiresIn, status: "success" }, "Token refresh");
};

/**
 * Hands an answer to the vault and takes down what it says. Repeating is harmless: the attempt's id is the command's. An
 * answer that the vault does not acknowledge stays, and comes again.
 */
export const deliver = async (parts: RefresherParts, answer: StoredAnswer): Promise<Delivery> => {
  const { attemptId, credentialId, generation, receivedAt, sealed } = answer;
  const command = { commandId: attemptId, credentialId, expectedGeneration: generation, receivedAt, sealed };
  // Only what the vault says is judged here: an error of our own database must not look like its refusal.
  const said = await parts.messenger.ask(vaultV1.replaceCredential, command).catch((cause: unknown) => {
    if (cause instanceof AppError) return cause;
    throw cause;
  });
  if (said instanceof AppError) return afterRefusal(parts, answer, said);
  await settleAnswer(parts, answer, (unit) => completeIn(parts, unit, answer, said));
  tellSuccess(parts, said.facts);
  return "settled";
};

const afterRefusal = async (parts: RefresherParts, answer: StoredAnswer, cause: AppError): Promise<Delivery> => {
  const { attemptId, provider, credentialId } = answer;
  const reason = abandonedBecause[cause.code];
  if (reason !== undefined) {
    parts.log.info({ attemptId, credentialId, provider, reason }, "a refreshed token is not needed any more");
    await settleAnswer(parts, answer, (unit) => abandonIn(unit, answer, reason));
    return "settled";
  }
  const ageMs = parts.clock.now() - answer.receivedAt;
  // Sealed to a key that the vault lost: it may come back with an operator who mends the keyring, and the person can not wait for long.
  const longestMs = cause.code === "undecryptable" ? lostKeyMs : parts.config.limits.answerKeptMs;
  if (cause.code === "bad_request" || ageMs > longestMs) {
    parts.log.error({ attemptId, credentialId, provider, code: cause.code }, "the vault can not use what a provider answered");
    await settleAnswer(parts, answer, (unit) => giveUpIn(parts, unit, answer));
    return "settled";
  }
  parts.log.warn({ attemptId, credentialId, provider, code: cause.code, tries: answer.tries + 1 }, "the vault has not taken a refreshed token yet");
  await settle(parts, attemptId, (unit) => postponeAnswer(unit.sql, answer, unit.now));
  return "later";
};
