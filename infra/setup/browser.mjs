// The end-to-end tests sign in through a real browser. This finds one, or installs Debian's when it may.
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const isExecutable = (/** @type {string} */ file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const findOnPath = (/** @type {readonly string[]} */ wanted, path = process.env["PATH"] ?? "") =>
  path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .flatMap((folder) => wanted.map((name) => join(folder, name)))
    .find(isExecutable);

const missing =
  "Chromium is missing: the tests sign in through a real browser. Install it (Debian, Ubuntu: apt-get install chromium) " +
  "or name one that is there: CHROMIUM_PATH=/path/to/chrome npm test";

const apt = (/** @type {readonly string[]} */ args) =>
  spawnSync("apt-get", ["-qq", "-o", "DPkg::Lock::Timeout=600", "-o", "APT::Update::Error-Mode=any", ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", 2, 2],
  }).status === 0;

/** The program of the browser that the tests drive: the one that CHROMIUM_PATH names, else the first of its names on the search path. */
export const findBrowser = () => {
  const given = process.env["CHROMIUM_PATH"];
  return given !== undefined && given !== "" ? given : findOnPath(names);
};

/** Makes sure that there is a browser; throws an error that says what is missing and how to point at one. */
export const ensureBrowser = () => {
  const found = findBrowser();
  if (found !== undefined) {
    if (!isExecutable(found)) throw new Error(`CHROMIUM_PATH is ${found}, and that is no program that can be run`);
    return;
  }
  if (process.getuid?.() !== 0 || findOnPath(["apt-get"]) === undefined) throw new Error(missing);
  process.stderr.write("Installing Chromium from Debian's packages (once) …\n");
  apt(["update"]);
  apt(["install", "-y", "--no-install-recommends", "chromium"]);
  if (findOnPath(names) === undefined) throw new Error(missing);
};
