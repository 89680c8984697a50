import { setTimeout as pause } from "node:timers/promises";
import { AppError, type ErrorCode, type Sealed } from "@mcp-auth-proxy/contracts";
import type { CredentialFeed } from "../consumers/credentials.ts";
import { findCredential, type KnownCredential } from "../custody/credentials.ts";
import type { RefresherParts } from "../parts.ts";
import { stateOf } from "../projections/due.ts";
import { beginAttempt, type BeginProblem } from "./begin.ts";
import type { AttemptEnd } from "./fail.ts";
import { runAttempt } from "./run.ts";

/** Somebody waits for a generation after this one. */
export interface Question {
  readonly credentialId: string;
  readonly generation: number;
  readonly sealedCallerToken: Sealed;
}

/** `refused` is about one caller's token and says nothing to the others who wait. */
export type Verdict = { readonly kind: "generation"; readonly generation: number } | { readonly kind: "error"; readonly code: ErrorCode; readonly detail: string } | { readonly kind: "refused" };

const lookAgainMs = 50;

const error = (code: ErrorCode, detail: string): Verdict => ({ kind: "error", code, detail });

/** What can be said without asking anybody: undefined where a refresh is needed. */
const known = async (parts: RefresherParts, credential: KnownCredential, { generation }: Question): Promise<Verdict | undefined> => {
  if (credential.generation > generation) return { kind: "generation", generation: credential.generation };
  if (credential.broken || !credential.refreshable) return error("reconnect_required", "the credential can not be refreshed");
  const state = await stateOf(parts.store.sql, credential.credentialId);
  if (state.status === "ending" && state.generation === credential.generation) return error("reconnect_required", "the last attempt ended it");
  return undefined;
};

const final: ReadonlySet<ErrorCode> = new Set(["not_found", "reconnect_required", "limit_exceeded"]);

/** The verdict that the end of an attempt is; undefined: look again, and then it is on record. */
const verdictOf = (end: AttemptEnd): Verdict | undefined => {
  if (end.kind !== "not-leased" || end.code === "conflict") return undefined;
  const { code } = end;
  if (code === "refused") return { kind: "refused" };
  return final.has(code) ? error(code, "so the vault says") : error("unavailable", `the vault gave no refresh token: ${code}`);
};

const problemOf = (problem: BeginProblem): Verdict | undefined => {
  switch (problem) {
    case "ended":
      return error("reconnect_required", "the credential can not be refreshed");
    case "unknown":
      return error("not_found", "no such credential");
    case "busy":
    case "unresolved":
    case "superseded":
    case "too-soon":
    case "not-due":
    case "stale":
      return undefined;
    default:
      return problem satisfies never;
  }
};

/** Sees to it that a credential comes to a later generation, or finds out why not. One at a time for a credential in this process. */
export const driveRefresh = async (parts: RefresherParts, feed: CredentialFeed, question: Question): Promise<Verdict> => {
  const { credentialId } = question;
  const { store, clock, pressure } = parts;
  const endsAt = parts.monotonic() + parts.config.limits.askedMs;

  const credentialNow = async (): Promise<KnownCredential | undefined> => {
    const found = await findCredential(store.sql, credentialId);
    if (found !== undefined && found.generation >= question.generation) return found;
    // The bridge may have heard of it before we did.
    await feed.catchUp();
    return findCredential(store.sql, credentialId);
  };

  const attempt = async (credential: KnownCredential): Promise<Verdict | undefined> => {
    const target = parts.targetOf(credential);
    if (target === undefined) return error("unavailable", `no provider ${credential.provider} is configured`);
    const leave = pressure.enter(credential.provider);
    if (leave === undefined) return undefined;
    try {
      const begun = await beginAttempt(parts, { cause: "asked", credentialId, generation: question.generation });
      if (!begun.ok) return problemOf(begun.problem);
      const end = await runAttempt(parts, begun.attempt, target, { kind: "asked", sealedCallerToken: question.sealedCallerToken });
      if (end.kind === "not-leased" && end.code === "conflict") await feed.catchUp();
      return verdictOf(end);
    } finally {
      leave();
    }
  };

  /** Whether there is any point in waiting until what keeps us from asking is over. */
  const isWorthWaiting = async (provider: string): Promise<boolean> => {
    const state = await stateOf(store.sql, credentialId);
    const askableAt = Math.max(state.status === "waiting" ? state.askableAt : 0, pressure.pausedUntil(provider) ?? 0);
    return parts.monotonic() + Math.max(0, askableAt - clock.now()) < endsAt;
  };

  for (;;) {
    const credential = await credentialNow();
    if (credential === undefined) return error("not_found", "no such credential");
    if (credential.generation < question.generation) return error("unavailable", "the vault's feed does not tell of this generation");
    const verdict = (await known(parts, credential, question)) ?? (await attempt(credential)) ?? (await known(parts, (await findCredential(store.sql, credentialId)) ?? credential, question));
    if (verdict !== undefined) return verdict;
    if (!(await isWorthWaiting(credential.provider))) return error("unavailable", `${credential.provider} does not answer, or wants us to wait`);
    await pause(lookAgainMs);
  }
};

export const verdictError = (verdict: Exclude<Verdict, { kind: "generation" }>): AppError =>
  verdict.kind === "refused" ? new AppError("refused", "the caller's token does not count") : new AppError(verdict.code, verdict.detail);
