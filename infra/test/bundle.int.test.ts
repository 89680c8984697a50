import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildBundle } from "../build/bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "bundle-"));
const launcher = join(folder, "dist/index.js");
beforeAll(() => buildBundle(join(folder, "dist")));
afterAll(() => rmSync(folder, { recursive: true }));

it("runs with nothing of the project around it", () => {
  expect(execFileSync(process.execPath, [launcher, "--version"], { encoding: "utf8", cwd: folder, env: {} })).toMatch(/^mcp-auth-proxy \d/);
});

it("passes arguments and exit code on", () => {
  const { status, stderr } = spawnSync(process.execPath, [launcher, "--port", "a b", "server"], { encoding: "utf8", cwd: folder, env: {} });

  expect(status).toBe(2);
  expect(stderr).toContain(`--port is "a b"`);
});

it("says on an old Node what is missing", () => {
  const pretend = `Object.defineProperty(process.versions, "node", { value: "20.1.0" });`;
  const { status, stderr } = spawnSync(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`, launcher, "--version"], { encoding: "utf8", cwd: folder, env: {} });

  expect(status).toBe(1);
  expect(stderr).toMatch(/^mcp-auth-proxy: this is Node 20\.1\.0, and it takes 24 or newer/);
});
