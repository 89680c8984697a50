// npm test: the quick checks, then every tier of tests in one run. What is missing was installed before (infra/setup).
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { findBrowser } from "../setup/browser.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

// The tests drive the browser that was found or installed before, under whatever name it has.
const browser = findBrowser();
const env = browser === undefined ? process.env : { ...process.env, CHROMIUM_PATH: browser };

const run = (command: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, { cwd: root, env, shell: true, stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });

const check = await run("npm run --silent check");
// A server that was named is shared by all test files: one at a time, because one's open transaction holds back what another waits for.
const shared = process.env["TEST_DATABASE_URL"] ?? process.env["TEST_REDIS_URL"] ?? "";
const order = shared === "" ? "" : " --no-file-parallelism";
// Whoever reads only the last line has to see that it failed.
if (check !== 0) process.on("exit", () => process.stdout.write("0 passed, 1 failed (the checks before the tests)\n"));
process.exitCode = check === 0 ? await run(`vitest run --reporter=default --reporter=./infra/test-run/closing-line.ts${order}`) : check;
