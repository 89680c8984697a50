import type { Clock } from "@mcp-auth-proxy/contracts";
import type { ChildEnd } from "../children/child.ts";
import type { StdioServer } from "../config.ts";

interface Failure {
  readonly at: number;
  readonly end: ChildEnd;
}

/** Which servers did not come up lately: for /readyz, in words that name no command. */
export class ServerHealth {
  readonly #clock: Clock;
  readonly #toldMs: number;
  readonly #failures = new Map<StdioServer, Failure>();

  constructor(clock: Clock, toldMs: number) {
    this.#clock = clock;
    this.#toldMs = toldMs;
  }

  /** A process of this server has said something: it works. */
  spoke(server: StdioServer): void {
    this.#failures.delete(server);
  }

  /** One ended before it said anything. */
  silent(server: StdioServer, end: ChildEnd): void {
    if (end.kind !== "told-to") this.#failures.set(server, { at: this.#clock.now(), end });
  }

  /** It is not there any more. */
  forget(server: StdioServer): void {
    this.#failures.delete(server);
  }

  /** A sentence for each server that fails; old news is none, because without a request nobody would find out that it works again. */
  get sentences(): readonly string[] {
    return [...this.#recent()].map(([{ name }, { end }]) =>
      end.kind === "unstartable" ? `the MCP server ${name} can not be started (${end.code})` : `the MCP server ${name} ends before it answers`,
    );
  }

  /** Whether the commands of all of these can not be started at all. That is the machine's doing, and no request can bring it about. */
  noneStarts(servers: readonly StdioServer[]): boolean {
    const recent = new Map(this.#recent());
    return servers.length > 0 && servers.every((server) => recent.get(server)?.end.kind === "unstartable");
  }

  *#recent(): Generator<readonly [StdioServer, Failure]> {
    const since = this.#clock.now() - this.#toldMs;
    for (const entry of this.#failures) if (entry[1].at > since) yield entry;
  }
}
