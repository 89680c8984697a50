// The end-to-end tests sign in through a real browser. This finds one, or installs Debian's when it may.
import { findOnPath, installDebian, isExecutable, mayInstall } from "./debian.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const missing =
  "Chromium is missing: the tests sign in through a real browser. Install it (Debian, Ubuntu: apt-get install chromium) " +
  "or name one that is there: CHROMIUM_PATH=/path/to/chrome npm test";

/** The program of the browser that the tests drive: the one that CHROMIUM_PATH names, else the first of its names on the search path. */
export const findBrowser = () => {
  const given = process.env["CHROMIUM_PATH"];
  return given !== undefined && given !== "" ? given : findOnPath(names);
};

/** Makes sure that there is a browser; throws an error that says what is missing and how to point at one. */
export const ensureBrowser = async () => {
  const found = findBrowser();
  if (found !== undefined) {
    if (!isExecutable(found)) throw new Error(`CHROMIUM_PATH is ${found}, and that is no program that can be run`);
    return;
  }
  if (!mayInstall()) throw new Error(missing);
  await installDebian(["chromium"]);
  if (findOnPath(names) === undefined) throw new Error(missing);
};
