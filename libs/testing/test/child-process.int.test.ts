import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { descendants, isRunning, LaunchedProcess, processFacts, waitFor } from "../src/index.ts";

const launch = (script: string): LaunchedProcess =>
  new LaunchedProcess(["sh", "-c", script], { folder: tmpdir(), environment: { PATH: process.env.PATH ?? "", MARK: "m-4711" } });

describe("a launched process", () => {
  it("keeps what was printed and how it ended", async () => {
    const launched = launch("echo out; echo err >&2; exit 7");
    expect(await launched.exited).toEqual({ code: 7, signal: null });
    expect([launched.stdout, launched.stderr]).toEqual(["out\n", "err\n"]);
    await launched.kill();
  });

  it("takes its children with it, those in a session of their own too", async () => {
    const launched = launch("setsid sleep 300 & sleep 300 & wait");
    await waitFor("two children", () => descendants(launched.pid).length === 2);
    const below = descendants(launched.pid).map((facts) => facts.pid);
    await launched.kill();
    await waitFor("the children to be gone", () => !below.some((pid) => isRunning(pid)));
    expect(launched.exit).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("shows environment and command line of a living process", async () => {
    const launched = launch("sleep 300 & wait");
    const [child] = await waitFor("the child to run", () => {
      const below = descendants(launched.pid).filter((facts) => facts.commandLine === "sleep 300");
      return below.length > 0 && below;
    });
    expect(child?.environment).toContain("MARK=m-4711");
    expect(processFacts(launched.pid)?.residentBytes).toBeGreaterThan(0);
    await launched.kill();
    expect(processFacts(launched.pid)).toBeUndefined();
  });

  it("does not outlive a test run that is killed", async () => {
    const module = JSON.stringify(join(import.meta.dirname, "../src/child-process.ts"));
    const script = `import { LaunchedProcess } from ${module};
      const launched = new LaunchedProcess(["sleep", "300"], { folder: "/", environment: { PATH: process.env.PATH } });
      console.log(launched.pid); setInterval(() => {}, 1000);`;
    const run = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const pid = await new Promise<number>((resolve) => run.stdout.once("data", (text: Buffer) => resolve(Number(text))));
    await waitFor("the process to run", () => isRunning(pid));
    run.kill("SIGKILL");
    await waitFor("the process to be gone", () => !isRunning(pid));
  });

  it("ends twice without complaint", async () => {
    const launched = launch("true");
    await launched.kill();
    await launched.kill();
    expect(isRunning(launched.pid)).toBe(false);
  });
});
