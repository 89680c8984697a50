import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const testRun = fileURLToPath(new URL("../test-run/run.ts", import.meta.url));

it("a run whose checks fail ends with a line that counts a failure, and runs no test", async () => {
  const folder = mkdtempSync(join(tmpdir(), "test-run-"));
  try {
    for (const [name, script] of [["npm", "echo a check failed; exit 3"], ["vitest", "echo 5 passed"]] as const) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, name), 0o755);
    }
    const child = spawn(process.execPath, [testRun], { env: { PATH: `${folder}${delimiter}/usr/bin:/bin` } });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(output).toBe("a check failed\n0 passed, 1 failed (the checks before the tests)\n");
    expect(code).toBe(3);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
