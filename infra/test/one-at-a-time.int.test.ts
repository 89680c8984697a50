import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "one-at-a-time-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const module = new URL("../setup/one-at-a-time.mjs", import.meta.url).href;

/** Adds one to a number in a file, slowly: two at once would lose one. */
const addOne = (): Promise<number | null> => {
  const script = `
    import { readFileSync, writeFileSync } from "node:fs";
    import { setTimeout as pause } from "node:timers/promises";
    import { oneAtATime } from ${JSON.stringify(module)};
    await oneAtATime("lock", () => {}, async () => {
      const before = Number(readFileSync("count", "utf8"));
      await pause(20);
      writeFileSync("count", String(before + 1));
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { cwd: folder, stdio: "inherit" });
  return new Promise((resolve) => child.on("close", resolve));
};

const count = () => readFileSync(join(folder, "count"), "utf8");

it("lets five processes work one after the other", async () => {
  writeFileSync(join(folder, "count"), "0");

  expect(await Promise.all([addOne(), addOne(), addOne(), addOne(), addOne()])).toEqual([0, 0, 0, 0, 0]);

  expect(count()).toBe("5");
  expect(existsSync(join(folder, "lock"))).toBe(false);
});

it("goes on after a process that was killed at work, and three that wait for it still take turns", async () => {
  const killed = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => killed.on("close", resolve));
  writeFileSync(join(folder, "count"), "0");
  writeFileSync(join(folder, "lock"), String(killed.pid));

  expect(await Promise.all([addOne(), addOne(), addOne()])).toEqual([0, 0, 0]);

  expect(count()).toBe("3");
});
