import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "browser-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const module = new URL("../setup/browser.mjs", import.meta.url).href;

/** Looks for a browser with nothing but `folder` on the search path: there is no apt-get in it either. */
const look = (environment: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, ["--input-type=module", "-e", `import { ensureBrowser } from ${JSON.stringify(module)}; await ensureBrowser();`], {
    encoding: "utf8",
    env: { PATH: folder, ...environment },
  });

const program = (name: string): string => {
  const file = join(folder, name);
  writeFileSync(file, "");
  chmodSync(file, 0o755);
  return file;
};

it("is content with a browser on the search path, or with the one that CHROMIUM_PATH names", () => {
  const elsewhere = program("my-browser");
  expect(look({ CHROMIUM_PATH: elsewhere }).status).toBe(0);

  program("chromium");
  expect(look().status).toBe(0);
});

it("fails naming what is missing and how to point at one", () => {
  const { status, stderr } = look();

  expect(status).not.toBe(0);
  expect(stderr).toContain("Chromium is missing");
  expect(stderr).toContain("CHROMIUM_PATH=/path/to/chrome npm test");
});

it("does not fall back when CHROMIUM_PATH names nothing that runs", () => {
  program("chromium");

  expect(look({ CHROMIUM_PATH: join(folder, "nowhere") }).stderr).toContain("that is no program that can be run");
});
