import type { Unit } from "@mcp-auth-proxy/event-store";
import { findAnswer } from "../custody/answers.ts";
import { findCredential } from "../custody/credentials.ts";
import { attemptDecider } from "../domain/attempt.ts";
import type { Running } from "../domain/attempt-state.ts";
import type { RefresherParts } from "../parts.ts";
import { claimIn, mayHaveSent, releaseIn } from "./claim.ts";
import { failIn, settle, survivesUse } from "./conclude.ts";

/** Only for as long as the one transaction lasts that decides. */
const ttlMs = 5_000;

/**
 * An attempt whose worker died, or lost its database. Its own time and the margin are over, so nobody writes for it any
 * more. Where its answer is kept there is nothing to do here: that is sent to the vault until it is taken. Nothing was
 * written: tried again. Otherwise nobody knows what the provider did.
 */
export const recoverAttempt = async (parts: RefresherParts, credentialId: string, attemptId: string): Promise<void> => {
  if ((await findAnswer(parts.store.sql, attemptId)) !== undefined) return;
  const ended = await settle(parts, attemptId, async (unit) => {
    const epoch = await claimIn(unit.sql, { credentialId, now: await unit.databaseTime(), ttlMs });
    if (epoch === undefined) return false;
    const { state } = await unit.load(attemptDecider, credentialId);
    const isLeftBehind = state.status === "running" && state.attemptId === attemptId && (await findAnswer(unit.sql, attemptId)) === undefined;
    if (isLeftBehind) await endIn(parts, unit, credentialId, state);
    await releaseIn(unit.sql, credentialId, epoch);
    return isLeftBehind;
  });
  if (ended) parts.log.warn({ attemptId, credentialId }, "a refresh that was left behind was ended");
};

const endIn = async (parts: RefresherParts, unit: Unit, credentialId: string, { attemptId, provider, generation }: Running): Promise<void> => {
  const attempted = { attemptId, credentialId, provider, generation };
  if (!(await mayHaveSent(unit.sql, credentialId, attemptId))) {
    await failIn(unit, attempted, { failure: "temporary", final: false }, parts.config.policy);
    return;
  }
  const credential = await findCredential(unit.sql, credentialId);
  const target = credential === undefined ? undefined : parts.targetOf(credential);
  const again = target !== undefined && (await survivesUse(unit.sql, target.provider, provider, target.clientId));
  await failIn(unit, attempted, { failure: "uncertain", final: !again }, parts.config.policy);
};
