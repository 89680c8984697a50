import type { vaultV1 } from "@mcp-auth-proxy/contracts";
import type { AbandonReason, AttemptEvent, RefreshCause } from "./attempt-events.ts";

interface Known {
  readonly provider: string;
  readonly generation: number;
}

/** Nothing runs. Without `dueAt` it is refreshed only when its owner asks. */
export interface Waiting extends Known {
  readonly status: "waiting";
  readonly dueAt?: number;
  /** Failures in a row. */
  readonly failures: number;
  /** After a failure: not before then, and not before the other when its owner asks. */
  readonly notBefore: number;
  readonly askableAt: number;
}

export interface Running extends Known {
  readonly status: "running";
  readonly attemptId: string;
  readonly epoch: number;
  readonly cause: RefreshCause;
  readonly endsAt: number;
  readonly failures: number;
  readonly dueAt?: number;
}

/** Beyond repair, and the vault has to be told. */
export interface Ending extends Known {
  readonly status: "ending";
  readonly reason: vaultV1.BreakReason;
  readonly breakId: string;
}

export type AttemptState =
  | { readonly status: "none" }
  | Waiting
  | Running
  | Ending
  | { readonly status: "ended"; readonly generation: number; readonly reason: AbandonReason };

/** A person who waits may try again sooner than the plan would, because they may have mended what was wrong. */
const askAgainMs = 30_000;

const generationOf = (state: AttemptState): number => (state.status === "none" ? 0 : state.generation);

const due = (dueAt: number | undefined): { readonly dueAt?: number } => (dueAt === undefined ? {} : { dueAt });

const fresh = ({ provider, generation }: Known, dueAt?: number): Waiting => ({
  status: "waiting",
  provider,
  generation,
  ...due(dueAt),
  failures: 0,
  notBefore: 0,
  askableAt: 0,
});

type Outcome = Extract<AttemptEvent, { type: "RefreshFailed" | "RefreshUncertain" }>;

const afterOutcome = (state: AttemptState, event: Outcome): AttemptState => {
  // An attempt that was overtaken by a new connection has no say any more.
  if (state.status !== "running" || state.attemptId !== event.data.attemptId) return state;
  const { provider, generation, failedAt, retryAt, breakId } = event.data;
  if (retryAt === undefined) {
    const reason = event.type === "RefreshUncertain" || event.data.failure === "temporary" ? "uncertain" : event.data.failure;
    return { status: "ending", provider, generation, reason, breakId: breakId ?? event.data.attemptId };
  }
  const wanted = event.type === "RefreshFailed" ? (event.data.retryAfterAt ?? 0) : 0;
  // With leave to try again at once, it was nobody's failure here.
  const failures = state.failures + (retryAt > failedAt ? 1 : 0);
  const askableAt = Math.max(wanted, Math.min(retryAt, failedAt + askAgainMs));
  return { status: "waiting", provider, generation, ...due(state.dueAt), failures, notBefore: retryAt, askableAt };
};

const started = (state: AttemptState, { provider, generation, attemptId, epoch, cause, endsAt }: Extract<AttemptEvent, { type: "RefreshStarted" }>["data"]): Running => {
  const before = state.status === "waiting" && state.generation === generation ? state : undefined;
  return { status: "running", provider, generation, attemptId, epoch, cause, endsAt, failures: before?.failures ?? 0, ...due(before?.dueAt) };
};

export const evolveAttempt = (state: AttemptState, event: AttemptEvent): AttemptState => {
  switch (event.type) {
    case "RefreshScheduled":
      return event.data.generation < generationOf(state) ? state : fresh(event.data, event.data.dueAt);
    case "RefreshStarted":
      return started(state, event.data);
    case "RefreshSucceeded":
      return event.data.generation > generationOf(state) ? fresh(event.data) : state;
    case "RefreshFailed":
    case "RefreshUncertain":
      return afterOutcome(state, event);
    case "RefreshAbandoned":
      return event.data.generation < generationOf(state) ? state : { status: "ended", generation: event.data.generation, reason: event.data.reason };
    default:
      event satisfies never;
      return state;
  }
};
