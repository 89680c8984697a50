// Writes the entries of platform packages into package-lock.json that npm left out of it, and drops registry addresses.
// npm forgets optional packages that the registry in use did not offer, and then `npm ci` calls its own lock out of sync.
// Run it after every change of a dependency: npm run lock
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/**
 * @typedef {{ version?: string, resolved?: string, link?: boolean, dev?: boolean, optional?: boolean, os?: string[], cpu?: string[],
 *   libc?: string[], optionalDependencies?: Record<string, string> }} LockEntry
 * @typedef {{ packages: Record<string, LockEntry> }} Lock
 */

const systems = ["darwin", "linux", "win32", "android", "freebsd", "openharmony", "openbsd", "netbsd", "sunos", "aix", "wasm32", "wasi"];
const processors = ["arm64", "x64", "ia32", "ppc64", "s390x", "riscv64", "loong64", "mips64el", "arm", "x86"];

/** The first of `words` that stands alone in a package name, as in `@swc/core-linux-arm64-gnu`. */
const wordIn = (/** @type {string} */ name, /** @type {readonly string[]} */ words) =>
  words.find((word) => new RegExp(`(^|[/-])${word}([-_.]|$)`).test(name));

/** What npm would have written, had the registry offered the package. It is never installed here: the platform is another one. */
const platformEntry = (/** @type {string} */ name, /** @type {string} */ range, /** @type {LockEntry} */ parent) => {
  const os = wordIn(name, systems);
  const cpu = wordIn(name, processors);
  return {
    version: range.replace(/^[\^~]/, ""),
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(parent.dev ? { dev: true } : {}),
    ...(name.includes("musl") ? { libc: ["musl"] } : {}),
    optional: true,
    ...(os === undefined ? {} : { os: [os] }),
  };
};

/** @returns {{ path: string, name: string, range: string, parent: LockEntry }[]} optional packages that the lock does not hold */
export const missingEntries = (/** @type {Lock} */ lock) =>
  Object.entries(lock.packages).flatMap(([path, parent]) =>
    Object.entries(parent.optionalDependencies ?? {})
      .filter(([name]) => lock.packages[`${path}/node_modules/${name}`] === undefined && lock.packages[`node_modules/${name}`] === undefined)
      .map(([name, range]) => ({ path: `node_modules/${name}`, name, range, parent })),
  );

/** Addresses of a registry: with one of them in the lock, the install works from that registry only. */
export const registryAddresses = (/** @type {Lock} */ lock) =>
  Object.entries(lock.packages).flatMap(([path, entry]) => (entry.resolved !== undefined && !entry.link ? [`${path}: ${entry.resolved}`] : []));

/** @returns {Lock} */
export const completed = (/** @type {Lock} */ lock) => {
  const packages = Object.entries(lock.packages).map(([path, entry]) => {
    if (entry.link) return /** @type {const} */ ([path, entry]);
    const { resolved: _dropped, ...kept } = entry;
    return /** @type {const} */ ([path, kept]);
  });
  const added = missingEntries(lock).map(({ path, name, range, parent }) => /** @type {const} */ ([path, platformEntry(name, range, parent)]));
  // The order is npm's own, here and inside of an entry, so that the next `npm install` changes nothing.
  const sorted = [...packages, ...added].toSorted(([a], [b]) => a.localeCompare(b, "en"));
  return { ...lock, packages: Object.fromEntries(sorted) };
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const file = new URL("../../package-lock.json", import.meta.url);
  const lock = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, `${JSON.stringify(completed(lock), null, 2)}\n`);
  process.stderr.write(`package-lock.json: ${missingEntries(lock).length} entries added\n`);
}
