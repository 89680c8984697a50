// Says whether node_modules already holds what package-lock.json asks for.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** `run`: what the gateway needs. `all`: also what tests and the build need. @typedef {"run" | "all"} Extent */

const stampFile = "node_modules/.mcp-auth-proxy-installed.json";

const lockHash = (/** @type {string} */ root) => createHash("sha256").update(readFileSync(join(root, "package-lock.json"))).digest("hex");

/** @returns {Record<string, any> | undefined} */
const readJson = (/** @type {string} */ file) => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined);

/**
 * Compares npm's own record of what it put into node_modules with the lock: somebody who ran `npm install` need not wait again.
 * @returns {Extent | undefined}
 */
const recordedExtent = (/** @type {string} */ root) => {
  const lock = readJson(join(root, "package-lock.json"))?.packages ?? {};
  const record = readJson(join(root, "node_modules/.package-lock.json"))?.packages;
  if (record === undefined) return undefined;
  const missing = Object.entries(lock).filter(
    ([path, entry]) =>
      path.startsWith("node_modules/") && !entry.optional && (entry.link ? record[path] === undefined : record[path]?.version !== entry.version),
  );
  if (missing.length === 0) return "all";
  return missing.every(([, entry]) => entry.dev || entry.devOptional) ? "run" : undefined;
};

/** @returns {boolean} */
export const isInstalled = (/** @type {string} */ root, /** @type {Extent} */ wanted) => {
  const stamp = readJson(join(root, stampFile));
  const extent = stamp?.lock === lockHash(root) ? stamp.extent : recordedExtent(root);
  if (extent === undefined || (wanted === "all" && extent !== "all")) return false;
  if (stamp?.lock !== lockHash(root)) writeStamp(root, extent);
  return true;
};

export const writeStamp = (/** @type {string} */ root, /** @type {Extent} */ extent) =>
  writeFileSync(join(root, stampFile), JSON.stringify({ lock: lockHash(root), extent }));
