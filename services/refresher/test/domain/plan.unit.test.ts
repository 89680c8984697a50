import { describe, expect, it } from "vitest";
import { dueAtOf, retryAtOf, type RefreshPolicy } from "../../src/domain/plan.ts";

const credentialId = `A${"b".repeat(42)}`;
const policy: RefreshPolicy = { thresholdMs: 300_000, maxRetries: 3, retryDelayMs: 2_000 };
const plan = (more: { readonly expiresAt?: number; readonly refreshable?: boolean; readonly credentialId?: string } = {}): number | undefined =>
  dueAtOf({ credentialId, refreshable: true, storedAt: 1_000_000, ...more }, policy.thresholdMs);

describe("when a credential is refreshed", () => {
  it("never, when it does not expire or can not be refreshed", () => {
    expect(plan()).toBeUndefined();
    expect(plan({ expiresAt: 4_600_000, refreshable: false })).toBeUndefined();
  });

  it("the threshold before it expires, and a little later", () => {
    const due = plan({ expiresAt: 4_600_000 }) ?? 0;
    expect(due).toBeGreaterThanOrEqual(4_300_000);
    expect(due).toBeLessThanOrEqual(4_360_000);
  });

  it("at the same time for the same credential, and at others for others", () => {
    expect(plan({ expiresAt: 4_600_000 })).toBe(plan({ expiresAt: 4_600_000 }));
    const ids = Array.from({ length: 20 }, (_, at) => `${String.fromCodePoint(65 + at)}${"q".repeat(42)}`);
    expect(new Set(ids.map((id) => plan({ expiresAt: 4_600_000, credentialId: id }))).size).toBe(20);
  });

  it.each([
    [200_000, 100_000, 200_000, "a life that is shorter than the threshold: not before half of it"],
    [15_000, 10_000, 15_000, "a life of seconds: never more often than every ten seconds"],
    [0, 10_000, 15_000, "expired from the start"],
    [-500_000, 10_000, 15_000, "expired before it came"],
  ])("of a life of %i ms after %i to %i ms (%s)", (lifeMs, from, to) => {
    const due = (plan({ expiresAt: 1_000_000 + lifeMs }) ?? 0) - 1_000_000;
    expect(due).toBeGreaterThanOrEqual(from);
    expect(due).toBeLessThanOrEqual(to);
  });
});

describe("when a refresh is tried again", () => {
  const delay = (failures: number, more: { readonly retryAfterAt?: number } = {}): number => retryAtOf({ credentialId, failures, now: 1_000_000, ...more }, policy) - 1_000_000;

  it.each([
    [1, 2_000, 2_400],
    [2, 4_000, 4_800],
    [3, 8_000, 9_600],
    [4, 60_000, 72_000],
    [5, 120_000, 144_000],
    [6, 240_000, 288_000],
    [7, 300_000, 360_000],
    [400, 300_000, 360_000],
  ])("after failure %i: after %i to %i ms", (failures, from, to) => {
    expect(delay(failures)).toBeGreaterThanOrEqual(from);
    expect(delay(failures)).toBeLessThanOrEqual(to);
  });

  it("not before the provider wants it, and not in a year because it says so", () => {
    expect(delay(1, { retryAfterAt: 1_090_000 })).toBe(90_000);
    expect(delay(1, { retryAfterAt: 1_000_000 + 31_536_000_000 })).toBe(3_600_000);
    expect(delay(1, { retryAfterAt: 0 })).toBeLessThanOrEqual(2_400);
  });
});
