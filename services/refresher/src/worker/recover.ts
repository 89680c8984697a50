import { findAnswer, type StoredAnswer } from "../custody/answers.ts";
import { findCredential } from "../custody/credentials.ts";
import { attemptDecider } from "../domain/attempt.ts";
import type { RefresherParts } from "../parts.ts";
import { claimIn, mayHaveSent, releaseIn } from "./claim.ts";
import { failIn, settle, survivesUse } from "./conclude.ts";
import { deliver } from "./deliver.ts";

/** Only for as long as the one transaction lasts that decides. */
const ttlMs = 5_000;

/**
 * An attempt whose worker died, or lost its database. Its own time and the margin are over, so nobody writes for it any
 * more. Kept answer: the vault gets it. Nothing was written: tried again. Otherwise nobody knows what the provider did.
 */
export const recoverAttempt = async (parts: RefresherParts, credentialId: string, attemptId: string): Promise<void> => {
  const answer = await settle<StoredAnswer | undefined>(parts, attemptId, async (unit) => {
    const epoch = await claimIn(unit.sql, { credentialId, now: await unit.databaseTime(), ttlMs });
    if (epoch === undefined) return undefined;
    const { state } = await unit.load(attemptDecider, credentialId);
    if (state.status !== "running" || state.attemptId !== attemptId) {
      await releaseIn(unit.sql, credentialId, epoch);
      return undefined;
    }
    const kept = await findAnswer(unit.sql, attemptId);
    if (kept !== undefined) return kept;
    const attempted = { attemptId, credentialId, provider: state.provider, generation: state.generation };
    if (await mayHaveSent(unit.sql, credentialId, attemptId)) {
      const credential = await findCredential(unit.sql, credentialId);
      const target = credential === undefined ? undefined : parts.targetOf(credential);
      const again = target !== undefined && (await survivesUse(unit.sql, target.provider, state.provider, target.clientId));
      await failIn(unit, attempted, { failure: "uncertain", final: !again }, parts.config.policy);
    } else await failIn(unit, attempted, { failure: "temporary", final: false }, parts.config.policy);
    await releaseIn(unit.sql, credentialId, epoch);
    parts.log.warn({ attemptId, credentialId, provider: state.provider }, "a refresh that was left behind was ended");
    return undefined;
  });
  if (answer !== undefined) await deliver(parts, answer);
};
