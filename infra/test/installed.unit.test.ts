import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isInstalled, writeStamp } from "../setup/installed.mjs";
import { nodeProblem } from "../setup/node-version.mjs";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "installed-"));
  mkdirSync(join(root, "node_modules"));
});
afterEach(() => rmSync(root, { recursive: true }));

const packages = {
  "": { name: "root" },
  "node_modules/needed": { version: "1.0.0" },
  "node_modules/for-tests": { version: "1.0.0", dev: true },
  "node_modules/elsewhere": { version: "1.0.0", optional: true },
};
const lock = (content: object = packages) => writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: content }));
const record = (content: object) => writeFileSync(join(root, "node_modules/.package-lock.json"), JSON.stringify({ packages: content }));

it("finds nothing installed where nothing is", () => {
  lock();
  expect(isInstalled(root, "run")).toBe(false);
});

it("lets a full install do for a start, and not the other way round", () => {
  lock();
  writeStamp(root, "all");
  expect([isInstalled(root, "run"), isInstalled(root, "all")]).toEqual([true, true]);

  writeStamp(root, "run");
  expect([isInstalled(root, "run"), isInstalled(root, "all")]).toEqual([true, false]);
});

it("takes an install by hand for one, as far as npm's record goes", () => {
  lock();
  record({ "node_modules/needed": { version: "1.0.0" } });
  expect([isInstalled(root, "all"), isInstalled(root, "run")]).toEqual([false, true]);

  rmSync(join(root, "node_modules/.mcp-auth-proxy-installed.json"));
  record({ "node_modules/needed": { version: "1.0.0" }, "node_modules/for-tests": { version: "1.0.0" } });
  expect(isInstalled(root, "all")).toBe(true);
});

it("installs again when the lock has changed", () => {
  lock();
  writeStamp(root, "all");
  record({ "node_modules/needed": { version: "1.0.0" }, "node_modules/for-tests": { version: "1.0.0" } });

  lock({ ...packages, "node_modules/needed": { version: "2.0.0" } });

  expect(isInstalled(root, "run")).toBe(false);
});

it("accepts an older Node only where the project brings its own", () => {
  expect(nodeProblem(root, "20.20.2")).toContain("needs Node 24 or newer, and this is 20.20.2");
  expect(nodeProblem(root, "24.0.0")).toBeUndefined();

  mkdirSync(join(root, "node_modules/.bin"));
  writeFileSync(join(root, "node_modules/.bin/node"), "");

  expect(nodeProblem(root, "20.20.2")).toBeUndefined();
});
