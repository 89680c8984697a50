// What is not an npm package: looked for on this machine, and installed from Debian's packages when this process may.
import { spawn } from "node:child_process";
import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

const signOfLifeMs = 10_000;
const tries = 4;
const pauseMs = 3_000;

export const isExecutable = (/** @type {string} */ file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

export const findOnPath = (/** @type {readonly string[]} */ wanted, path = process.env["PATH"] ?? "") =>
  path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .flatMap((folder) => wanted.map((name) => join(folder, name)))
    .find(isExecutable);

/** PostgreSQL's programs lie in a folder of their version, on nobody's search path. */
export const findPostgres = (folder = "/usr/lib/postgresql") => {
  try {
    const installed = readdirSync(folder).map((version) => join(folder, version, "bin/initdb"));
    return findOnPath(["initdb"]) ?? installed.find(isExecutable);
  } catch {
    return findOnPath(["initdb"]);
  }
};

export const mayInstall = () => process.getuid?.() === 0 && findOnPath(["apt-get"]) !== undefined;

/** @returns {Promise<boolean>} */
const apt = (/** @type {readonly string[]} */ args) =>
  new Promise((resolve) => {
    const child = spawn("apt-get", ["-qq", "-o", "DPkg::Lock::Timeout=600", "-o", "APT::Update::Error-Mode=any", ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: ["ignore", 2, 2],
    });
    const startedAt = Date.now();
    const timer = setInterval(() => process.stderr.write(`  … ${Math.round((Date.now() - startedAt) / 1000)} s\n`), signOfLifeMs);
    const end = (/** @type {boolean} */ well) => {
      clearInterval(timer);
      resolve(well);
    };
    child.on("error", () => end(false));
    child.on("close", (code) => end(code === 0));
  });

/** Installs Debian packages. Another apt may hold the lists or the database at the same time: then again, a few times. */
export const installDebian = async (/** @type {readonly string[]} */ packages) => {
  process.stderr.write(`Installing from Debian's packages (once): ${packages.join(", ")} …\n`);
  for (let left = tries; left > 0; left -= 1) {
    await apt(["update"]);
    if (await apt(["install", "-y", "--no-install-recommends", ...packages])) return;
    if (left > 1) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
};
