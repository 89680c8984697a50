import { type ChildProcess, spawn } from "node:child_process";
import type { Writable } from "node:stream";
import type { StdioServer, ChildUser } from "../config.ts";
import { createLineSplitter, type LineSplitter } from "./line-splitter.ts";
import { groupGone, signalGroup } from "./process-group.ts";

const lastWordsMs = 50;
const lineFeed = Buffer.from("\n");

/** Why a child is no more. */
export type ChildEnd =
  | { readonly kind: "unstartable"; readonly code: string }
  | { readonly kind: "exited"; readonly code: number | undefined; readonly signal: string | undefined }
  | { readonly kind: "line-too-long" }
  | { readonly kind: "told-to" };

export interface ChildListener {
  /** One line of stdout, without its line feed. */
  readonly line: (line: Buffer) => void;
  /** Called once, as soon as the child can not answer any more; its processes may still be ending. */
  readonly ended: (end: ChildEnd) => void;
}

export interface ChildOptions {
  readonly server: StdioServer;
  /** Variables besides the server's own; asked for when the process is started. Throws where they can not be had. */
  readonly variables?: () => Readonly<Record<string, string>>;
  readonly user: ChildUser | undefined;
  readonly lineBytes: number;
  readonly stdinBytes: number;
  readonly graceMs: number;
  readonly stderr: LineSplitter;
  readonly listener: ChildListener;
}

/** One MCP server process, in a process group of its own, spoken to in lines (MCP stdio transport). */
export class Child {
  readonly #options: ChildOptions;
  readonly #process: ChildProcess | undefined;
  readonly #exited: Promise<void>;
  #over = false;
  #gathering = false;
  #ending: Promise<void> | undefined;

  constructor(options: ChildOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#exited = promise;
    this.#process = this.#spawn(resolve);
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Sends one line. False: the child has not read for so long that no more is held for it, or it is gone. */
  send(line: Buffer): boolean {
    // Not started: `ended` is on its way and answers for everything.
    if (this.#process === undefined) return true;
    const { stdin } = this.#process;
    if (stdin === null || this.#over || !stdin.writable) return false;
    if (stdin.writableLength > 0 && stdin.writableLength + line.length > this.#options.stdinBytes) return false;
    this.#gather(stdin);
    stdin.write(line);
    stdin.write(lineFeed);
    return true;
  }

  /** What is said in one round of the event loop leaves in one write: many clients ask at once, and each write wakes the child. */
  #gather(stdin: Writable): void {
    if (this.#gathering) return;
    this.#gathering = true;
    stdin.cork();
    setImmediate(() => {
      this.#gathering = false;
      stdin.uncork();
    });
  }

  /** Stops reading stdout: the pipe fills and the child waits, and nobody else does. */
  pause(): void {
    this.#process?.stdout?.pause();
  }

  resume(): void {
    this.#process?.stdout?.resume();
  }

  /** Closes stdin, then SIGTERM, then SIGKILL to the whole group; resolves when nothing of it is left. */
  end(reason: ChildEnd = { kind: "told-to" }): Promise<void> {
    this.#finish(reason);
    this.#ending ??= this.#endGroup();
    return this.#ending;
  }

  /** For a process that is about to exit: nothing can be awaited any more. */
  killNow(): void {
    if (this.pid !== undefined) signalGroup(this.pid, "SIGKILL");
  }

  #spawn(exited: () => void): ChildProcess | undefined {
    const { server, variables, user, stderr } = this.#options;
    try {
      // detached: a process group of its own, so that what the command starts ends with it.
      const child = spawn(server.command, [...server.args], {
        cwd: server.cwd,
        env: { ...server.env, ...variables?.() },
        shell: false,
        detached: true,
        stdio: ["pipe", "pipe", "pipe"],
        ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
      });
      child.once("error", (cause) => {
        if (child.pid !== undefined) return;
        exited();
        this.#fail({ kind: "unstartable", code: codeOf(cause) });
      });
      const closed = new Promise<void>((resolve) => {
        child.once("close", () => resolve());
      });
      child.once("exit", (code, signal) => {
        exited();
        // Its last words may still be in the pipe, and a grandchild may hold the pipe open for ever.
        void within(closed, lastWordsMs).then(() => this.#fail({ kind: "exited", code: code ?? undefined, signal: signal ?? undefined }));
      });
      // Mostly a child that exits while it is written to, and its exit says more; else one that will never read again.
      child.stdin.on("error", () => {
        void this.#failUnlessExited();
      });
      // A pipe that breaks is a child that ends; unheard, it would end us.
      for (const pipe of [child.stdout, child.stderr]) pipe.on("error", () => undefined);
      child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
      const lines = createLineSplitter(
        this.#options.lineBytes,
        (line) => {
          if (!this.#over) this.#options.listener.line(line);
        },
        () => this.#fail({ kind: "line-too-long" }),
      );
      child.stdout.on("data", (chunk: Buffer) => lines.push(chunk));
      return child;
    } catch (cause) {
      exited();
      // The listener must not be called before the constructor has returned.
      queueMicrotask(() => this.#fail({ kind: "unstartable", code: codeOf(cause) }));
      return undefined;
    }
  }

  async #failUnlessExited(): Promise<void> {
    if (!(await within(this.#exited, this.#options.graceMs))) this.#fail({ kind: "exited", code: undefined, signal: undefined });
  }

  /** The child failed by itself; what is left of its group goes too. */
  #fail(end: ChildEnd): void {
    // `end` never rejects: signalling a group that is gone is not an error.
    void this.end(end);
  }

  #finish(end: ChildEnd): void {
    if (this.#over) return;
    this.#over = true;
    // Read on: a child that waits for its pipe to empty would not see its stdin close.
    this.#process?.stdout?.resume();
    this.#options.listener.ended(end);
  }

  async #endGroup(): Promise<void> {
    const group = this.pid;
    if (group === undefined) return;
    const { graceMs } = this.#options;
    this.#process?.stdin?.end();
    if (await within(this.#exited, graceMs)) {
      if (!signalGroup(group, "SIGTERM")) return;
    } else signalGroup(group, "SIGTERM");
    if (await groupGone(group, graceMs)) return;
    signalGroup(group, "SIGKILL");
    await groupGone(group, graceMs);
  }
}

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "unknown";

const within = async (done: Promise<void>, limitMs: number): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), limitMs);
  void done.then(() => resolve(true));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
};
