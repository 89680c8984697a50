import { describe, expect, it } from "vitest";
import { refreshKilledAt, type Ending, type Scenario } from "./killed.ts";

/** More than a refresh has; a process that is to die later than that lives. */
const mostSteps = 60;

const endings = async (scenario: Scenario): Promise<readonly Ending[]> => {
  const found: Ending[] = [];
  for (let step = 1; step <= mostSteps; step += 1) {
    const ending = await refreshKilledAt(scenario, step);
    found.push(ending);
    if (!ending.killed) return found;
  }
  throw new Error("a refresh has more steps than were counted on");
};

const inOneOf = (ending: Ending, where: string): "connected" | "broken" => {
  if (ending.status === "broken") return "broken";
  expect(ending, `${where}: ${JSON.stringify(ending)}`).toMatchObject({ status: "connected", isLive: true });
  return "connected";
};

describe.each([1, 3])("a refresh in %i replicas, with a process killed between every two steps (B05)", (replicas) => {
  it("never replays a token that was rotated, loses no answer that was kept, and asks the person once at most", async () => {
    const all = await endings({ rotate: true, replicas });
    for (const [step, ending] of all.entries()) {
      expect(ending, `killed before step ${step + 1}: ${JSON.stringify(ending)}`).toMatchObject({ replays: 0 });
      expect(ending.brokenTimes, `killed before step ${step + 1}: ${JSON.stringify(ending)}`).toBeLessThanOrEqual(1);
      if (inOneOf(ending, `killed before step ${step + 1}: ${JSON.stringify(ending)}`) === "connected") expect(ending.generation).toBeGreaterThan(1);
      if (ending.answerKept) expect(ending, `killed before step ${step + 1}: ${JSON.stringify(ending)}`).toMatchObject({ status: "connected", requests: 1 });
    }
    expect(all.some(({ status }) => status === "broken")).toBe(true);
    expect(all.some(({ killed, answerKept }) => killed && answerKept)).toBe(true);
    expect(all.length).toBeGreaterThan(8);
    expect(all.at(-1)).toMatchObject({ status: "connected", requests: 1, brokenTimes: 0 });
  }, 180_000);

  it("never asks the person where the provider does not rotate", async () => {
    for (const [step, ending] of (await endings({ rotate: false, rotates: false, replicas })).entries()) {
      expect(ending, `killed before step ${step + 1}: ${JSON.stringify(ending)}`).toMatchObject({ status: "connected", isLive: true, brokenTimes: 0 });
      expect(ending.requests).toBeLessThanOrEqual(2);
    }
  }, 180_000);

  it("asks the person once when the provider has revoked the grant", async () => {
    for (const [step, ending] of (await endings({ rotate: true, replicas, prepare: (endpoint) => endpoint.revokeAll() })).entries()) {
      expect(ending, `killed before step ${step + 1}: ${JSON.stringify(ending)}`).toMatchObject({ status: "broken", brokenTimes: 1, replays: 0 });
      expect(ending.requests).toBeLessThanOrEqual(1);
    }
  }, 180_000);
});

it("survives a second death wherever the first one was (B05)", async () => {
  for (let first = 2; first <= 11; first += 3) {
    for (let second = 1; second <= 12; second += 1) {
      const ending = await refreshKilledAt({ rotate: true, replicas: 1 }, first, second);
      const where = `killed before step ${first}, and before step ${second} after that`;
      expect(ending, `${where}: ${JSON.stringify(ending)}`).toMatchObject({ replays: 0 });
      expect(ending.brokenTimes, where).toBeLessThanOrEqual(1);
      inOneOf(ending, where);
      if (ending.answerKept) expect(ending, where).toMatchObject({ status: "connected", requests: 1 });
    }
  }
}, 180_000);
