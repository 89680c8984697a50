import type { Unit } from "@mcp-auth-proxy/event-store";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import { findCredential, type KnownCredential } from "../custody/credentials.ts";
import { attemptDecider, type AttemptRejection } from "../domain/attempt.ts";
import type { RefresherParts } from "../parts.ts";
import { takeoverMarginMs } from "../projections/due.ts";
import { claimIn, releaseIn } from "./claim.ts";

/** An attempt that is on the log and holds its credential's claim. */
export interface Attempt {
  readonly attemptId: string;
  readonly epoch: number;
  readonly credential: KnownCredential;
  /** On the monotonic clock: nothing is written after it. */
  readonly deadline: number;
}

/** `busy`: somebody else works on it. `unknown`: the vault never told of it. */
export type BeginProblem = AttemptRejection | "busy" | "unknown";

export type Begun = { readonly ok: true; readonly attempt: Attempt } | { readonly ok: false; readonly problem: BeginProblem };

const problem = (reason: BeginProblem): Begun => ({ ok: false, problem: reason });

/** `generation`: the one that the asker wants to get away from. Somebody else may have done that meanwhile. */
export type Wanted = { readonly cause: "due"; readonly credentialId: string } | { readonly cause: "asked"; readonly credentialId: string; readonly generation: number };

const isDone = (wanted: Wanted, credential: KnownCredential): boolean => wanted.cause === "asked" && credential.generation > wanted.generation;

const beginIn = async (unit: Unit, wanted: Wanted, { attemptId, attemptMs, deadline }: { readonly attemptId: string; readonly attemptMs: number; readonly deadline: number }): Promise<Begun> => {
  const { credentialId, cause } = wanted;
  const credential = await findCredential(unit.sql, credentialId);
  if (credential === undefined) return problem("unknown");
  if (isDone(wanted, credential)) return problem("superseded");
  if (credential.broken) return problem("ended");
  const ttlMs = attemptMs + takeoverMarginMs;
  const epoch = await claimIn(unit.sql, { credentialId, now: await unit.databaseTime(), ttlMs });
  if (epoch === undefined) return problem("busy");
  const { provider, generation } = credential;
  const started = await unit.execute(attemptDecider, credentialId, {
    type: "StartRefresh",
    credentialId,
    provider,
    generation,
    attemptId,
    epoch,
    cause,
    now: unit.now,
    endsAt: unit.now + attemptMs,
  });
  if (started.ok) return { ok: true, attempt: { attemptId, epoch, credential, deadline } };
  await releaseIn(unit.sql, credentialId, epoch);
  return problem(started.error);
};

/** Claims a credential and puts the start of an attempt on the log, in one transaction: of all replicas one does. */
export const beginAttempt = (parts: RefresherParts, wanted: Wanted): Promise<Begun> => {
  const { attemptMs } = parts.config.limits;
  // Read before the claim is taken, so that ours ends before the claim does.
  const deadline = parts.monotonic() + attemptMs;
  const attemptId = uuidv7(parts.clock.now());
  const meta = { correlationId: attemptId, actor: "service:refresher" };
  return parts.handle({ name: "begin-refresh", meta }, (unit) => beginIn(unit, wanted, { attemptId, attemptMs, deadline }));
};
