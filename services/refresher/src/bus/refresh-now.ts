import type { Subscription } from "@mcp-auth-proxy/bus";
import { AppError, refresherV1 } from "@mcp-auth-proxy/contracts";
import type { CredentialFeed } from "../consumers/credentials.ts";
import { findCredential } from "../custody/credentials.ts";
import type { RefresherParts } from "../parts.ts";
import { driveRefresh, verdictError, type Question, type Verdict } from "../worker/asked.ts";

const tooLate = Symbol("too late");

/** Resolves with the verdict, or at the asker's deadline: the refresh itself goes on. */
const within = async (turn: Promise<Verdict>, leftMs: number): Promise<Verdict | typeof tooLate> => {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<typeof tooLate>((resolve) => {
    timer = setTimeout(() => resolve(tooLate), Math.max(0, leftMs));
  });
  try {
    return await Promise.race([turn, deadline]);
  } finally {
    clearTimeout(timer);
  }
};

/** Bounds how many wait, for one credential and in all. */
const createSeats = (limits: { readonly waitingPerCredential: number; readonly waitingInAll: number }) => {
  const waiting = new Map<string, number>();
  let inAll = 0;
  return {
    take: (credentialId: string): (() => void) => {
      const here = waiting.get(credentialId) ?? 0;
      if (here >= limits.waitingPerCredential || inAll >= limits.waitingInAll) throw new AppError("limit_exceeded", "too many wait for a refresh");
      waiting.set(credentialId, here + 1);
      inAll += 1;
      return () => {
        inAll -= 1;
        const left = (waiting.get(credentialId) ?? 1) - 1;
        if (left === 0) waiting.delete(credentialId);
        else waiting.set(credentialId, left);
      };
    },
  };
};

/**
 * Answers when a later generation is there. However many ask for one credential, one of them drives and the others wait for
 * what comes of it; over replicas the claim sees to that. Who comes after the refresh is answered from what is known.
 */
export const serveRefreshNow = (parts: RefresherParts, feed: CredentialFeed): Subscription => {
  const turns = new Map<string, Promise<Verdict>>();
  const seats = createSeats(parts.config.limits);

  const drive = async (question: Question): Promise<Verdict> => {
    try {
      return await driveRefresh(parts, feed, question);
    } catch (cause) {
      if (!(cause instanceof AppError) || cause.code === "internal") throw cause;
      parts.log.warn({ err: cause, credentialId: question.credentialId }, "a refresh that was asked for could not be made");
      return { kind: "error", code: "unavailable", detail: `the vault or the database: ${cause.code}` };
    }
  };

  const turnOf = (question: Question): Promise<Verdict> => {
    const { credentialId } = question;
    const running = turns.get(credentialId) ?? drive(question).finally(() => turns.delete(credentialId));
    turns.set(credentialId, running);
    return running;
  };

  const answer = async (question: Question): Promise<number> => {
    const endsAt = parts.monotonic() + parts.config.limits.askedMs;
    for (;;) {
      const credential = await findCredential(parts.store.sql, question.credentialId);
      if (credential !== undefined && credential.generation > question.generation) return credential.generation;
      const isOwn = !turns.has(question.credentialId);
      const verdict = await within(turnOf(question), endsAt - parts.monotonic());
      if (verdict === tooLate) throw new AppError("unavailable", "the refresh takes too long");
      if (verdict.kind === "generation" && verdict.generation > question.generation) return verdict.generation;
      // Somebody else's token was refused, or they waited for an earlier generation: our own turn, then.
      if (verdict.kind === "error" || (verdict.kind === "refused" && isOwn)) throw verdictError(verdict);
    }
  };

  return parts.messenger.serve(refresherV1.refreshNow, async (question) => {
    const leave = seats.take(question.credentialId);
    try {
      return { generation: await answer(question) };
    } finally {
      leave();
    }
  });
};
