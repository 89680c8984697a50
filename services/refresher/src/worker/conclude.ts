import { setTimeout as pause } from "node:timers/promises";
import { AppError, type refresherV1 } from "@mcp-auth-proxy/contracts";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import type { Unit } from "@mcp-auth-proxy/event-store";
import { attemptDecider, type FailRefresh } from "../domain/attempt.ts";
import type { AttemptState } from "../domain/attempt-state.ts";
import { boundedRetryAfter, retryAtOf, type RefreshPolicy } from "../domain/plan.ts";
import type { RefresherParts } from "../parts.ts";
import { observedRotation } from "../projections/rotation.ts";
import type { RefresherSql } from "../projections/tables.ts";
import type { RefreshedProvider } from "../config.ts";

/** An attempt, as much of it as its end needs. */
export interface Attempted {
  readonly attemptId: string;
  readonly credentialId: string;
  readonly provider: string;
  readonly generation: number;
}

/** How an attempt failed. `final`: trying again is pointless or dangerous, only the person can mend it. */
export interface Failure {
  readonly failure: refresherV1.FailureClass;
  readonly final: boolean;
  readonly retryAfterAt?: number | undefined;
  /** Does not count, and the next attempt need not wait. */
  readonly free?: boolean;
}

/**
 * Whether the refresh token survives its use, so that using it once more harms nobody: as configured, or as observed.
 * Where nothing is known it does not: one replay can end the whole family.
 */
export const survivesUse = async (sql: RefresherSql, provider: RefreshedProvider | undefined, id: string, clientId: string): Promise<boolean> => {
  const rotates = provider?.rotates ?? (await observedRotation(sql, id, clientId));
  return rotates === false;
};

const failuresOf = (state: AttemptState): number => (state.status === "running" ? state.failures : 0);

/** Puts the failure of a running attempt on the log, with when to try again, or with the message that tells the vault. */
export const failIn = async (unit: Unit, attempted: Attempted, { failure, final, retryAfterAt, free = false }: Failure, policy: RefreshPolicy): Promise<AttemptState> => {
  const { state } = await unit.load(attemptDecider, attempted.credentialId);
  const { now } = unit;
  const failures = failuresOf(state) + 1;
  // A mistake of the operator is not mended within seconds.
  const counted = failure === "client-refused" ? failures + policy.maxRetries : failures;
  const retryAt = free ? now : retryAtOf({ credentialId: attempted.credentialId, failures: counted, now, retryAfterAt }, policy);
  const next = final ? { breakId: uuidv7(now) } : { retryAt };
  const command: FailRefresh = {
    type: "FailRefresh",
    ...attempted,
    failure,
    now,
    ...next,
    ...(retryAfterAt === undefined ? {} : { retryAfterAt: boundedRetryAfter(retryAfterAt, now) }),
  };
  const failed = await unit.execute(attemptDecider, attempted.credentialId, command);
  return failed.ok ? failed.value.state : state;
};

const pausesMs = [50, 100, 200, 400, 800, 1_600, 3_200, 5_000] as const;

const isPassing = (cause: unknown): boolean => cause instanceof AppError && (cause.code === "unavailable" || cause.code === "conflict");

/**
 * Runs `work` in one transaction, on behalf of an attempt, and again for some seconds while the database can not answer:
 * what is written here is known to nobody else, and an attempt without an outcome costs a person their connection.
 */
export const settle = async <T>(parts: RefresherParts, attemptId: string, work: (unit: Unit) => Promise<T>): Promise<T> => {
  const command = { name: "settle-refresh", meta: { correlationId: attemptId, actor: "service:refresher" } };
  for (const pauseMs of pausesMs) {
    try {
      return await parts.handle(command, work);
    } catch (cause) {
      if (!isPassing(cause)) throw cause;
      parts.log.warn({ err: cause, attemptId }, "the outcome of a refresh could not be written yet");
      await pause(pauseMs);
    }
  }
  return parts.handle(command, work);
};
