// Installs the npm packages of the lock, with signs of life and without a question.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { isInstalled, writeStamp } from "./installed.mjs";
import { oneAtATime } from "./one-at-a-time.mjs";

/** @typedef {import("./installed.mjs").Extent} Extent */

const signOfLifeMs = 5_000;
const say = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);

/** What the caller asked of `npm start` is not meant for the install: `npm --prefix x start --omit=optional` would leave Node out. */
const cleanEnvironment = () => {
  const dropped = /^npm_config_(omit|include|only|production|global|location|workspaces?|prefix|local_prefix|dry_run|package_lock_only)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !dropped.test(name) && name !== "NODE_ENV"));
};

/** npm as it was called, on the Node it was called with: the project's own Node is deleted and laid anew by the install. */
const npmCommand = () => {
  const { npm_execpath: npm, npm_node_execpath: node } = process.env;
  return npm === undefined ? { file: "npm", first: [] } : { file: node ?? process.execPath, first: [npm] };
};

/** @returns {Promise<void>} */
const runNpm = (/** @type {string} */ root, /** @type {Extent} */ extent) =>
  new Promise((resolve, reject) => {
    const { file, first } = npmCommand();
    const args = [...first, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--include=optional", extent === "run" ? "--omit=dev" : "--include=dev"];
    // npm prints on stdout, which belongs to what the caller runs next.
    const npm = spawn(file, args, { cwd: root, env: cleanEnvironment(), stdio: ["ignore", 2, 2] });
    const startedAt = Date.now();
    const timer = setInterval(() => say(`  … ${Math.round((Date.now() - startedAt) / 1000)} s`), signOfLifeMs);
    npm.on("error", (cause) => {
      clearInterval(timer);
      reject(new Error(`npm can not be started: ${cause.message}`));
    });
    npm.on("close", (code, signal) => {
      clearInterval(timer);
      if (code === 0) resolve();
      else reject(new Error(`npm ci ended with ${signal ?? `exit code ${code}`}; its own message stands above`));
    });
  });

/** Brings node_modules to what the lock says; does nothing, quickly, where it is so already. */
export const installPackages = async (/** @type {string} */ root, /** @type {Extent} */ extent) => {
  if (isInstalled(root, extent)) return;
  await oneAtATime(
    join(root, ".install.lock"),
    (pid) => say(`Waiting for another install here (process ${pid}) …`),
    async () => {
      if (isInstalled(root, extent)) return;
      say(extent === "run" ? "Installing what mcp-auth-proxy needs (once, about 20 s) …" : "Installing packages for tests and build (once, about 40 s) …");
      // Without it, an install that is interrupted would pass for a finished one.
      rmSync(join(root, "node_modules/.mcp-auth-proxy-installed.json"), { force: true });
      await runNpm(root, extent);
      writeStamp(root, extent);
    },
  );
};
