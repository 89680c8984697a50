import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const testRun = fileURLToPath(new URL("../test-run/run.ts", import.meta.url));

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "test-run-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the tests with these programs in front of all others. */
const runWith = async (programs: Readonly<Record<string, string>>): Promise<{ readonly code: unknown; readonly output: string }> => {
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const child = spawn(process.execPath, [testRun], { env: { PATH: `${folder}${delimiter}/bin` } });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve) => child.on("close", resolve));
  return { code, output };
};

it("a run whose checks fail ends with a line that counts a failure, and runs no test", async () => {
  expect(await runWith({ npm: "echo a check failed; exit 3", vitest: "echo 5 passed" })).toEqual({
    code: 3,
    output: "a check failed\n0 passed, 1 failed (the checks before the tests)\n",
  });
});

it("the tests drive the browser that was found, whatever its name is", async () => {
  expect(await runWith({ npm: "exit 0", vitest: 'echo "$CHROMIUM_PATH"', "google-chrome": "exit 0" })).toEqual({ code: 0, output: `${join(folder, "google-chrome")}\n` });
});
