import { describe, expect, it } from "vitest";
import { Patience } from "../../src/children/patience.ts";

describe("the patience with a session", () => {
  it.each([
    { rule: "is over when it held up the others for that long", steps: [[0, true], [5_000, true]], over: true },
    { rule: "is not over before", steps: [[0, true], [4_999, true]], over: false },
    { rule: "is not renewed by a moment in which it took something", steps: [[0, true], [3_000, false], [3_000, true], [5_000, true]], over: true },
    { rule: "comes back ten times slower than it goes", steps: [[0, true], [4_000, false], [14_000, true], [15_999, true]], over: false },
    { rule: "and no faster", steps: [[0, true], [4_000, false], [14_000, true], [16_000, true]], over: true },
    { rule: "is never more than it was", steps: [[900_000, true], [905_000, true]], over: true },
    { rule: "is not used up by a session that holds up nobody", steps: [[900_000, false]], over: false },
  ] as const)("$rule", ({ steps, over }) => {
    const patience = new Patience(5_000, 0);
    for (const [at, holdsUp] of steps) patience.note(at, holdsUp);
    expect(patience.over).toBe(over);
  });
});
