import { answersToSend } from "../custody/answers.ts";
import { findCredential } from "../custody/credentials.ts";
import { dueAtOf } from "../domain/plan.ts";
import type { RefresherParts } from "../parts.ts";
import { dueNow, type DueCredential } from "../projections/due.ts";
import { beginAttempt } from "./begin.ts";
import { deliver } from "./deliver.ts";
import { recoverAttempt } from "./recover.ts";
import { runAttempt } from "./run.ts";
import { tellVault } from "./tell-vault.ts";

/** Does in the background whatever is due: attempts, attempts left behind, answers and messages that the vault does not have. */
export interface Worker {
  start(): void;
  /** Looks now, because something changed. */
  wake(): void;
  /** Begins nothing more; resolves when what is under way has ended. Twice is safe. */
  stop(): Promise<void>;
}

const pageSize = 100;
/** What one look reads at most; the rest is found by the next. */
const maxPages = 20;
const answersAtOnce = 50;
/** Changes that come while one looks are looked at together. */
const soonMs = 20;

export const createWorker = (parts: RefresherParts): Worker => {
  const { config, store, clock, log, pressure } = parts;
  const providers = config.providers.map(({ id }) => id);
  const busy = new Set<string>();
  const underWay = new Set<Promise<void>>();
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let lookAgain = false;

  const logged = async (work: () => Promise<unknown>, message: string): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.error({ err: error }, message);
    }
  };

  /** One piece of work at a time for each key in this process; the claim sees to the other replicas. */
  const once = (key: string, work: () => Promise<unknown>): void => {
    if (ending.signal.aborted || busy.has(key)) return;
    busy.add(key);
    const run = logged(work, "a refresh could not be worked on").finally(() => {
      busy.delete(key);
      underWay.delete(run);
    });
    underWay.add(run);
  };

  const attempt = async (credentialId: string): Promise<void> => {
    const credential = await findCredential(store.sql, credentialId);
    const target = credential === undefined ? undefined : parts.targetOf(credential);
    if (credential === undefined || target === undefined) return;
    // Planned with another threshold than the one of now: the vault would say that it is too early.
    if ((dueAtOf(credential, config.policy.thresholdMs) ?? 0) > clock.now()) return;
    const leave = pressure.enter(credential.provider);
    if (leave === undefined) return;
    try {
      const begun = await beginAttempt(parts, { cause: "due", credentialId });
      if (!begun.ok) return;
      await runAttempt(parts, begun.attempt, target, { kind: "due" });
    } finally {
      leave();
    }
    // Its place is free.
    wake();
  };

  const workOn = ({ credentialId, state }: DueCredential): void => {
    if (state.status === "waiting" && pressure.hasRoom(state.provider)) once(credentialId, () => attempt(credentialId));
    if (state.status === "running") once(credentialId, () => recoverAttempt(parts, credentialId, state.attemptId));
    if (state.status === "ending") once(credentialId, () => tellVault(parts, credentialId, state));
  };

  const sendAnswers = async (now: number | undefined): Promise<void> => {
    for (const answer of await answersToSend(store.sql, now, answersAtOnce)) once(`answer/${answer.attemptId}`, () => deliver(parts, answer));
  };

  const lookAtAll = async (): Promise<void> => {
    await sendAnswers(clock.now());
    let after: DueCredential | undefined;
    for (let page = 0; page < maxPages && !ending.signal.aborted; page += 1) {
      const due = await dueNow(store.sql, { now: clock.now(), providers, limit: pageSize, after });
      for (const each of due) workOn(each);
      after = due.at(-1);
      if (due.length < pageSize || busy.size >= 4 * config.limits.attemptsAtOnce) return;
    }
  };

  const look = async (): Promise<void> => {
    lookAgain = false;
    await logged(lookAtAll, "what is due could not be read");
    looking = undefined;
    if (ending.signal.aborted) return;
    timer = setTimeout(wake, lookAgain ? Math.min(soonMs, config.limits.pollMs) : config.limits.pollMs);
    timer.unref();
  };

  const wake = (): void => {
    if (ending.signal.aborted) return;
    lookAgain = true;
    if (looking !== undefined) return;
    clearTimeout(timer);
    looking = look();
  };

  return {
    wake,
    start: () => {
      // Whatever an earlier process left here goes first, whenever its next turn would be.
      looking = logged(() => sendAnswers(undefined), "answers that were kept could not be read").then(look);
    },
    stop: async () => {
      ending.abort();
      clearTimeout(timer);
      await looking;
      await Promise.all(underWay);
    },
  };
};
