import { describe, expect, it } from "vitest";
import { attemptDecider, type AttemptCommand } from "../../src/domain/attempt.ts";
import type { AttemptEvent } from "../../src/domain/attempt-events.ts";
import { evolveAttempt, type AttemptState } from "../../src/domain/attempt-state.ts";

const credentialId = `A${"b".repeat(42)}`;
const known = { credentialId, provider: "google", generation: 1 } as const;
const stateAfter = (events: readonly AttemptEvent[]): AttemptState => events.reduce(evolveAttempt, attemptDecider.initialState);
const given = (...events: readonly AttemptEvent[]) => ({
  when: (command: AttemptCommand) => {
    const decided = attemptDecider.decide(command, stateAfter(events));
    return decided.ok ? decided.value : decided.error;
  },
});

const scheduled: AttemptEvent = { type: "RefreshScheduled", data: { ...known, expiresAt: 2_000, dueAt: 1_000 } };
const started: AttemptEvent = { type: "RefreshStarted", data: { ...known, attemptId: "a", epoch: 1, cause: "due", startedAt: 1_000, endsAt: 1_020 } };
const failedAt = (retryAt: number, more: { readonly retryAfterAt?: number } = {}): AttemptEvent => ({
  type: "RefreshFailed",
  data: { ...known, attemptId: "a", failure: "temporary", failedAt: 1_010, retryAt, ...more },
});
const revoked: AttemptEvent = { type: "RefreshFailed", data: { ...known, attemptId: "a", failure: "invalid-grant", failedAt: 1_010, breakId: "b" } };
const succeeded: AttemptEvent = { type: "RefreshSucceeded", data: { ...known, generation: 2, attemptId: "a", clientId: "c", rotated: true, succeededAt: 1_010 } };
const broken: AttemptEvent = { type: "RefreshAbandoned", data: { credentialId, generation: 1, reason: "broken" } };

const start = (more: Partial<Extract<AttemptCommand, { type: "StartRefresh" }>> = {}): AttemptCommand => ({
  type: "StartRefresh",
  ...known,
  attemptId: "b",
  epoch: 2,
  cause: "due",
  now: 1_500,
  endsAt: 1_520,
  ...more,
});
const plan = (generation: number, expiresAt?: number): AttemptCommand => ({
  type: "PlanRefresh",
  credential: { ...known, generation, refreshable: true, storedAt: 0, ...(expiresAt === undefined ? {} : { expiresAt }) },
  thresholdMs: 300_000,
});

describe("planning", () => {
  it("schedules what expires, once a generation", () => {
    expect(given().when(plan(1, 3_600_000))).toMatchObject([{ type: "RefreshScheduled", data: { generation: 1, expiresAt: 3_600_000 } }]);
    expect(given(scheduled).when(plan(1, 3_600_000))).toEqual([]);
    expect(given(scheduled, succeeded).when(plan(1, 3_600_000))).toEqual([]);
    expect(given(scheduled).when(plan(2, 3_600_000))).toMatchObject([{ type: "RefreshScheduled", data: { generation: 2 } }]);
  });

  it("never schedules a token without expiry, and takes back what was planned for the one before it", () => {
    expect(given().when(plan(1))).toEqual([]);
    expect(given(scheduled).when(plan(2))).toEqual([{ type: "RefreshAbandoned", data: { credentialId, generation: 2, reason: "unscheduled" } }]);
  });

  it("schedules what a refresh brought, whether the vault's event or the success comes first", () => {
    const next: AttemptEvent = { type: "RefreshScheduled", data: { ...known, generation: 2, expiresAt: 9_000, dueAt: 8_000 } };
    expect(given(scheduled, started, succeeded).when(plan(2, 3_600_000))).toMatchObject([{ type: "RefreshScheduled", data: { generation: 2 } }]);
    expect(stateAfter([scheduled, started, next, succeeded])).toEqual(stateAfter([scheduled, started, succeeded, next]));
  });

  it("schedules again what the person connected anew after it was broken", () => {
    expect(given(scheduled, started, revoked, broken).when(plan(2, 3_600_000))).toMatchObject([{ type: "RefreshScheduled" }]);
  });
});

describe("starting", () => {
  it.each<[string, readonly AttemptEvent[], Partial<Extract<AttemptCommand, { type: "StartRefresh" }>>, string]>([
    ["not before its time", [scheduled], { now: 999 }, "not-due"],
    ["nothing that was never planned", [], {}, "not-due"],
    ["not while an attempt runs, or has no outcome yet", [scheduled, started], {}, "unresolved"],
    ["not for a generation that is past", [scheduled, started, succeeded], {}, "superseded"],
    ["not again before the time that was set", [scheduled, started, failedAt(2_000)], { now: 1_999 }, "not-due"],
    ["not when it is beyond repair, and the vault is not told yet", [scheduled, started, revoked], { cause: "asked" }, "ended"],
    ["not when it is broken", [scheduled, started, revoked, broken], { cause: "asked" }, "ended"],
    ["not for a person either while the provider wants patience", [scheduled, started, failedAt(9_000, { retryAfterAt: 9_000 })], { cause: "asked", now: 8_999 }, "too-soon"],
  ])("%s", (_, events, more, rejection) => {
    expect(given(...events).when(start(more))).toBe(rejection);
  });

  it.each<[string, readonly AttemptEvent[], Partial<Extract<AttemptCommand, { type: "StartRefresh" }>>]>([
    ["when it is due", [scheduled], { now: 1_000 }],
    ["before it is due, when its owner asks", [scheduled], { now: 1, cause: "asked" }],
    ["what never expires, when its owner asks", [], { cause: "asked" }],
    ["again, when the time has come", [scheduled, started, failedAt(2_000)], { now: 2_000 }],
    ["for its owner half a minute after a failure, whatever the plan", [scheduled, started, failedAt(900_000)], { now: 31_010, cause: "asked" }],
    ["a generation that the plan does not know yet, when its owner asks", [scheduled], { generation: 2, cause: "asked", now: 1 }],
  ])("%s", (_, events, more) => {
    expect(given(...events).when(start(more))).toMatchObject([{ type: "RefreshStarted" }]);
  });
});

describe("ending", () => {
  const fail: AttemptCommand = { type: "FailRefresh", ...known, attemptId: "a", failure: "uncertain", now: 1_010, breakId: "b" };

  it("has an effect only for the attempt that runs", () => {
    expect(given(scheduled, started).when(fail)).toMatchObject([{ type: "RefreshUncertain", data: { breakId: "b" } }]);
    expect(given(scheduled).when(fail)).toBe("stale");
    expect(given(scheduled, started, failedAt(2_000)).when(fail)).toBe("stale");
    expect(given(scheduled, started).when({ ...fail, attemptId: "other" })).toBe("stale");
  });

  it("counts failures in a row, and no longer after a success", () => {
    const again: AttemptEvent = { ...started, data: { ...started.data, attemptId: "a" } };
    expect(stateAfter([scheduled, started, failedAt(2_000), again, failedAt(3_000)])).toMatchObject({ status: "waiting", failures: 2, dueAt: 1_000 });
    expect(stateAfter([scheduled, started, failedAt(2_000), again, succeeded])).toMatchObject({ status: "waiting", failures: 0, generation: 2 });
  });

  it("an answer that came late still counts: the vault has taken it", () => {
    const late = given(scheduled, started, revoked, broken).when({ type: "CompleteRefresh", ...known, generation: 2, attemptId: "a", clientId: "c", now: 9_000 });
    expect(late).toMatchObject([{ type: "RefreshSucceeded" }]);
    expect(stateAfter([scheduled, started, revoked, broken, succeeded])).toMatchObject({ status: "waiting", generation: 2 });
  });

  it("of a credential that was deleted is its end, once", () => {
    const forgotten: AttemptCommand = { type: "AbandonRefresh", credentialId, generation: 1, reason: "forgotten" };
    expect(given(scheduled).when(forgotten)).toMatchObject([{ type: "RefreshAbandoned" }]);
    expect(given().when(forgotten)).toEqual([]);
    expect(given(scheduled, { type: "RefreshAbandoned", data: { credentialId, generation: 1, reason: "forgotten" } }).when(forgotten)).toEqual([]);
    expect(given(scheduled, succeeded).when(forgotten)).toEqual([]);
  });
});
