// Lets one process at a time work on node_modules: two installs at once would leave neither.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

const waitLimitMs = 15 * 60_000;
const pauseMs = 250;

const codeOf = (/** @type {unknown} */ cause) => (cause instanceof Error && "code" in cause ? cause.code : undefined);

/** A file that appears with its content or not at all, so that nobody reads an owner that was half written. */
const claim = (/** @type {string} */ file) => {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false;
    throw cause;
  } finally {
    rmSync(own, { force: true });
  }
};

/** @returns {number | undefined} */
const ownerOf = (/** @type {string} */ file) => {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    throw cause;
  }
};

const lives = (/** @type {number} */ pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return codeOf(cause) === "EPERM";
  }
};

/** Takes away what a killed process left. Another waiter may have done so and claimed anew meanwhile: then its claim is put back. */
const discard = (/** @type {string} */ file, /** @type {number} */ dead) => {
  const aside = `${file}.${process.pid}.dead`;
  try {
    renameSync(file, aside);
    if (ownerOf(aside) !== dead) linkSync(aside, file);
  } catch (cause) {
    if (codeOf(cause) !== "ENOENT" && codeOf(cause) !== "EEXIST") throw cause;
  } finally {
    rmSync(aside, { force: true });
  }
};

/**
 * Runs `work` while no other process does; `onWait` is called once with the process that is waited for.
 * @template T
 * @param {string} file
 * @param {(pid: number) => void} onWait
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export const oneAtATime = async (file, onWait, work) => {
  const giveUpAt = Date.now() + waitLimitMs;
  let told = false;
  while (!claim(file)) {
    const owner = ownerOf(file);
    if (owner !== undefined && !lives(owner)) discard(file, owner);
    else if (owner !== undefined) {
      if (!told) onWait(owner);
      told = true;
      if (Date.now() > giveUpAt) throw new Error(`process ${owner} holds ${file} for too long; delete the file if that process does not install anything`);
      await pause(pauseMs);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
};
