import type { Reporter, TestModule } from "vitest/node";

/** What a run amounts to. A file that fails outside of its tests (it can not be loaded, a hook threw) counts as one that failed. */
export const closingLine = (modules: readonly TestModule[], strayErrors: number): string => {
  let passed = 0;
  let failed = strayErrors;
  let skipped = 0;
  for (const module of modules) {
    const failedBefore = failed;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") passed += 1;
      else if (state === "skipped") skipped += 1;
      else failed += 1;
    }
    if (module.state() === "failed" && failed === failedBefore) failed += 1;
  }
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
};

/** A vitest reporter that keeps the count of the last run, to be written when everything else has been. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const line = closingLine(modules, errors.length);
    process.on("exit", () => process.stdout.write(`${line}\n`));
  }
}
