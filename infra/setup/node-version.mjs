// The project runs its TypeScript directly, which takes Node 24. It brings one for Linux; elsewhere the machine's own has to do.
import { existsSync } from "node:fs";
import { join } from "node:path";

const needed = 24;

/** Whether npm puts a Node of the project's own first on PATH. */
const bringsNode = (/** @type {string} */ root) => existsSync(join(root, "node_modules/.bin/node"));

/** @returns {string | undefined} what is wrong, in one sentence */
export const nodeProblem = (/** @type {string} */ root, version = process.versions.node) =>
  bringsNode(root) || Number(version.split(".")[0]) >= needed
    ? undefined
    : `mcp-auth-proxy needs Node ${needed} or newer, and this is ${version}: the project brings its own only for Linux on x64 and arm64, ` +
      `so install Node ${needed} (https://nodejs.org) and start again`;
