import { expect, it } from "vitest";
import type { TestModule } from "vitest/node";
import { closingLine } from "../test-run/closing-line.ts";

const file = (state: "passed" | "failed", tests: readonly string[]): TestModule =>
  ({ state: () => state, children: { allTests: () => tests.map((each) => ({ result: () => ({ state: each }) })) } }) as unknown as TestModule;

it("counts what passed and failed", () => {
  expect(closingLine([file("passed", ["passed", "passed"]), file("failed", ["failed", "passed"])], 0)).toBe("3 passed, 1 failed");
});

it("counts a file that failed outside of its tests, which would pass for skipped ones", () => {
  expect(closingLine([file("failed", []), file("failed", ["skipped"])], 0)).toBe("0 passed, 2 failed, 1 skipped");
});

it("counts an error that belongs to no file", () => {
  expect(closingLine([file("passed", ["passed"])], 1)).toBe("1 passed, 1 failed");
});
