import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { ChildUser, StdioServer } from "../config.ts";
import type { Outfit, Worn } from "../inject/outfit.ts";
import type { BridgeLimits } from "../limits.ts";
import { ServerHealth } from "../registry/server-health.ts";
import { Child, type ChildEnd, type ChildListener } from "./child.ts";
import { createStderrLog } from "./stderr-log.ts";

export interface SupervisorOptions {
  readonly limits: BridgeLimits;
  readonly childUser: ChildUser | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** This person has too many processes; everyone together has. */
export type NoRoom = "subject_full" | "full";

/** Starts children and sees to it that each one ends: with its session, at stop, and when this process dies. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  /** With the person each one is for, where it is for one. */
  readonly #children = new Map<Child, string | undefined>();
  /** What processes were fitted out with and is still there. */
  readonly #worn = new Set<Worn>();
  readonly health: ServerHealth;
  #stopping = false;
  readonly #onExit = (): void => {
    for (const child of this.#children.keys()) child.killNow();
    for (const worn of this.#worn) this.#undress(worn);
  };

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.health = new ServerHealth(options.clock, options.limits.failureToldMs);
    // Also runs after an uncaught exception. After SIGKILL of this process children see their stdin close.
    process.on("exit", this.#onExit);
  }

  /** Children with a process left, those that are ending included. */
  get size(): number {
    return this.#children.size;
  }

  /** Why there is no room for another process of this person; undefined where there is. */
  refuses(subject: string | undefined): NoRoom | undefined {
    const { children, childrenPerSubject } = this.#options.limits;
    if (this.#stopping || this.#children.size >= children) return "full";
    if (subject === undefined) return undefined;
    let own = 0;
    for (const owner of this.#children.values()) if (owner === subject) own += 1;
    return own >= childrenPerSubject ? "subject_full" : undefined;
  }

  /** Never throws: what can not be started ends at once with `unstartable`. */
  start(server: StdioServer, listener: ChildListener, subject?: string, outfit?: Outfit): Child {
    const { limits, childUser, clock, log } = this.#options;
    const attributed = log.child({ server: server.name });
    let spoke = false;
    let worn: Worn | undefined;
    const variables = (): Readonly<Record<string, string>> => {
      worn = outfit?.wear(childUser);
      if (worn !== undefined) this.#worn.add(worn);
      return worn?.variables ?? {};
    };
    const child = new Child({
      server,
      variables,
      user: childUser,
      lineBytes: limits.lineBytes,
      stdinBytes: limits.stdinBytes,
      graceMs: limits.childGraceMs,
      stderr: createStderrLog(attributed, clock, limits.stderrLinesPerSecond),
      listener: {
        line: (line) => {
          if (!spoke) this.health.spoke(server);
          spoke = true;
          listener.line(line);
        },
        ended: (end) => {
          if (!spoke) this.health.silent(server, end);
          this.#report(attributed, server, child, end);
          listener.ended(end);
          void this.#forget(child, worn);
        },
      },
    });
    this.#children.set(child, subject);
    attributed.debug({ pid: child.pid, command: server.command }, "child started");
    return child;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    // The end of one may be a reason to start another: a server is asked twice which era it speaks.
    while (this.#children.size > 0) await Promise.all([...this.#children.keys()].map((child) => child.end()));
    process.off("exit", this.#onExit);
  }

  async #forget(child: Child, worn: Worn | undefined): Promise<void> {
    await child.end();
    this.#children.delete(child);
    this.#undress(worn);
  }

  #undress(worn: Worn | undefined): void {
    if (worn === undefined || !this.#worn.delete(worn)) return;
    try {
      worn.remove();
    } catch (cause) {
      this.#options.log.error({ err: cause }, "a credential file could not be removed");
    }
  }

  /** The command is named here and nowhere else: a client must not learn what runs behind the gateway. */
  #report(log: Log, server: StdioServer, child: Child, end: ChildEnd): void {
    const { pid } = child;
    switch (end.kind) {
      case "unstartable":
        log.error({ command: server.command, cwd: server.cwd, reason: end.code }, "the command of an MCP server can not be started");
        return;
      case "line-too-long":
        log.error({ pid, limitBytes: this.#options.limits.lineBytes }, "a child wrote a line over the limit and was ended");
        return;
      case "exited":
        log.warn({ pid, exitCode: end.code, signal: end.signal }, "a child ended by itself");
        return;
      case "told-to":
        log.debug({ pid }, "child ended");
        return;
      default: {
        const never: never = end;
        throw new Error(`no report for ${JSON.stringify(never)}`);
      }
    }
  }
}
