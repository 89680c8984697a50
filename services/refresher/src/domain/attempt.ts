import { err, ok, type refresherV1, type Result } from "@mcp-auth-proxy/contracts";
import type { Decider } from "@mcp-auth-proxy/event-store";
import type { AbandonReason, AttemptEvent, RefreshCause } from "./attempt-events.ts";
import { evolveAttempt, type AttemptState } from "./attempt-state.ts";
import { dueAtOf, type Expiring } from "./plan.ts";

/** One credential at one generation, as the vault tells of it. */
export interface CredentialPlan extends Expiring {
  readonly provider: string;
  readonly generation: number;
}

interface Known {
  readonly credentialId: string;
  readonly provider: string;
  readonly generation: number;
}

/** Something was tried and did not work. */
export interface FailRefresh extends Known {
  readonly type: "FailRefresh";
  readonly attemptId: string;
  readonly failure: refresherV1.FailureClass;
  readonly now: number;
  readonly retryAfterAt?: number;
  /** Absent: beyond repair. Then `breakId` names the message that tells the vault. */
  readonly retryAt?: number;
  readonly breakId?: string;
}

export type AttemptCommand =
  | { readonly type: "PlanRefresh"; readonly credential: CredentialPlan; readonly thresholdMs: number }
  | (Known & { readonly type: "StartRefresh"; readonly attemptId: string; readonly epoch: number; readonly cause: RefreshCause; readonly now: number; readonly endsAt: number })
  /** `generation` is the new one. */
  | (Known & { readonly type: "CompleteRefresh"; readonly attemptId: string; readonly clientId: string; readonly rotated?: boolean; readonly now: number })
  | FailRefresh
  | { readonly type: "AbandonRefresh"; readonly credentialId: string; readonly generation: number; readonly reason: AbandonReason };

/**
 * `unresolved`: an attempt runs, or was left behind by a worker that died. `superseded`: another generation is there.
 * `ended`: broken or deleted. `not-due`, `too-soon`: later. `stale`: this attempt is not the one that runs.
 */
export type AttemptRejection = "unresolved" | "superseded" | "ended" | "not-due" | "too-soon" | "stale";

type Decision = Result<readonly AttemptEvent[], AttemptRejection>;
type CommandOf<Type extends AttemptCommand["type"]> = Extract<AttemptCommand, { type: Type }>;

const plan = ({ credential, thresholdMs }: CommandOf<"PlanRefresh">, state: AttemptState): Decision => {
  const { credentialId, provider, generation, expiresAt } = credential;
  const known = state.status === "none" ? 0 : state.generation;
  // The success told the generation; its expiry comes with the vault's own event, or the other way round.
  const isUnplanned = state.status === "waiting" && state.generation === generation && state.dueAt === undefined;
  if (generation < known || (generation === known && !isUnplanned)) return ok([]);
  const dueAt = dueAtOf(credential, thresholdMs);
  if (dueAt !== undefined && expiresAt !== undefined) return ok([{ type: "RefreshScheduled", data: { credentialId, provider, generation, expiresAt, dueAt } }]);
  return state.status === "none" || isUnplanned ? ok([]) : ok([{ type: "RefreshAbandoned", data: { credentialId, generation, reason: "unscheduled" } }]);
};

const mayStart = ({ cause, generation, now }: CommandOf<"StartRefresh">, state: AttemptState): AttemptRejection | undefined => {
  if (state.status !== "none" && state.generation > generation) return "superseded";
  if (state.status === "running") return "unresolved";
  // The plan for a generation that we have not heard of comes with the feed; its owner need not wait for that.
  if (state.status === "none" || state.generation < generation) return cause === "asked" ? undefined : "not-due";
  if (state.status === "ending") return "ended";
  if (state.status === "ended") return state.reason === "unscheduled" && cause === "asked" ? undefined : "ended";
  if (cause === "asked") return now < state.askableAt ? "too-soon" : undefined;
  return state.dueAt === undefined || now < Math.max(state.dueAt, state.notBefore) ? "not-due" : undefined;
};

const start = (command: CommandOf<"StartRefresh">, state: AttemptState): Decision => {
  const rejection = mayStart(command, state);
  if (rejection !== undefined) return err(rejection);
  const { credentialId, provider, generation, attemptId, epoch, cause, now, endsAt } = command;
  return ok([{ type: "RefreshStarted", data: { credentialId, provider, generation, attemptId, epoch, cause, startedAt: now, endsAt } }]);
};

/** Taken from whoever brings it, also late: the vault has accepted the tokens, and that is a fact. */
const complete = ({ credentialId, provider, generation, attemptId, clientId, rotated, now }: CommandOf<"CompleteRefresh">): Decision =>
  ok([{ type: "RefreshSucceeded", data: { credentialId, provider, generation, attemptId, clientId, ...(rotated === undefined ? {} : { rotated }), succeededAt: now } }]);

const fail = ({ credentialId, provider, generation, attemptId, failure, now, retryAfterAt, retryAt, breakId }: FailRefresh, state: AttemptState): Decision => {
  if (state.status !== "running" || state.attemptId !== attemptId) return err("stale");
  const outcome = { credentialId, provider, generation, attemptId, failedAt: now, ...(retryAt === undefined ? {} : { retryAt }), ...(breakId === undefined ? {} : { breakId }) };
  if (failure === "uncertain") return ok([{ type: "RefreshUncertain", data: outcome }]);
  return ok([{ type: "RefreshFailed", data: { ...outcome, failure, ...(retryAfterAt === undefined ? {} : { retryAfterAt }) } }]);
};

const abandon = ({ credentialId, generation, reason }: CommandOf<"AbandonRefresh">, state: AttemptState): Decision => {
  if (state.status === "none" || generation < state.generation) return ok([]);
  if (state.status === "ended" && state.generation === generation && state.reason === reason) return ok([]);
  return ok([{ type: "RefreshAbandoned", data: { credentialId, generation, reason } }]);
};

const decide = (command: AttemptCommand, state: AttemptState): Decision => {
  switch (command.type) {
    case "PlanRefresh":
      return plan(command, state);
    case "StartRefresh":
      return start(command, state);
    case "CompleteRefresh":
      return complete(command);
    case "FailRefresh":
      return fail(command, state);
    case "AbandonRefresh":
      return abandon(command, state);
    default:
      return command satisfies never;
  }
};

/** The refreshes of one credential. At most one attempt runs; what it came to is on the log before anything else is tried. */
export const attemptDecider: Decider<AttemptState, AttemptCommand, AttemptEvent, AttemptRejection> = {
  name: "refresh",
  eventTypes: { RefreshScheduled: 1, RefreshStarted: 1, RefreshSucceeded: 1, RefreshFailed: 1, RefreshUncertain: 1, RefreshAbandoned: 1 },
  initialState: { status: "none" },
  decide,
  evolve: evolveAttempt,
  ended: (state) => state.status === "ended",
  streamId: (credentialId) => `refresh-${credentialId}`,
};
