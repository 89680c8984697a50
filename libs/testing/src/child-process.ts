import { type ChildProcess, spawn } from "node:child_process";
import { descendants, isRunning } from "./processes.ts";
import { waitFor } from "./wait-for.ts";

export interface LaunchOptions {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Run as this user and group; only root can. */
  readonly uid?: number;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program under test in a process group of its own: what it prints is kept, and nothing of it outlives the test. */
export class LaunchedProcess {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  stdout = "";
  stderr = "";
  exit: Exit | undefined;
  readonly #child: ChildProcess;
  readonly #guard: ChildProcess;

  constructor(command: readonly string[], { folder, environment, uid }: LaunchOptions) {
    const [program = "", ...args] = command;
    const user = uid === undefined ? {} : { uid, gid: uid };
    this.#child = spawn(program, args, { cwd: folder, env: environment, detached: true, stdio: ["ignore", "pipe", "pipe"], ...user });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.exited = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => {
        this.exit = { code, signal };
        resolve(this.exit);
      });
    });
    this.exited.catch(() => undefined);
    this.pid = this.#child.pid ?? 0;
    this.#guard = guardGroup(this.pid);
  }

  get output(): string {
    return this.stdout + this.stderr;
  }

  signal(name: NodeJS.Signals): void {
    if (this.pid > 0 && this.exit === undefined) this.#child.kill(name);
  }

  /** Ends the process and everything below it at once, as a power cut would. Twice is safe. */
  async kill(): Promise<void> {
    const below = this.exit === undefined ? descendants(this.pid).map((facts) => facts.pid) : [];
    if (this.exit === undefined && this.pid > 0) endGroup(this.pid);
    for (const pid of below) if (isRunning(pid)) endProcess(pid);
    if (this.pid > 0) await this.exited;
    this.#guard.kill("SIGKILL");
  }

  /** Asks the process to end and waits for it. */
  async stop(name: NodeJS.Signals = "SIGTERM"): Promise<Exit> {
    this.signal(name);
    await waitFor(`process ${this.pid} to end after ${name}`, () => this.exit, { limitMs: 20_000 });
    this.#guard.kill("SIGKILL");
    return this.exited;
  }
}

// A test run that is killed cannot clean up: this shell notices the closed pipe and ends the group for it.
// No `--` before the group: the kill of dash does not know it.
function guardGroup(pid: number): ChildProcess {
  const guard = spawn("sh", ["-c", "cat >/dev/null; kill -9 -$1 2>/dev/null", "guard", String(pid)], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  guard.unref();
  return guard;
}

function endGroup(pid: number): void {
  endProcess(-pid);
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "ESRCH")) throw cause;
  }
}
