import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { type Era, probeEra } from "../children/era-probe.ts";
import type { Supervisor } from "../children/supervisor.ts";
import type { StdioServer } from "../config.ts";
import type { Outfit } from "../inject/outfit.ts";
import type { BridgeLimits } from "../limits.ts";
import { modernRevisions } from "../wire/rev-2026-07-28/names.ts";
import { sessionRevisions } from "../wire/revisions.ts";

export interface ErasOptions {
  readonly supervisor: Pick<Supervisor, "start" | "refuses">;
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  readonly log: Log;
}

/** Which era each server speaks: as configured, else as last seen. In memory, with the date of the sight. */
export class Eras {
  readonly #options: ErasOptions;
  readonly #seen = new Map<StdioServer, Era>();
  /** One probe a server, however many requests wait for it. */
  readonly #probes = new Map<StdioServer, Promise<Era>>();

  constructor(options: ErasOptions) {
    this.#options = options;
  }

  /** What is known without asking; undefined where the server has to be looked at. */
  known(server: StdioServer): Era | undefined {
    const { protocol = "auto" } = server;
    const now = this.#options.clock.now();
    if (protocol === "modern") return { kind: "modern", revisions: modernRevisions, at: now };
    if (protocol === "legacy") return { kind: "legacy", revisions: sessionRevisions, certain: true, at: now };
    const era = this.#seen.get(server);
    return era === undefined || era.at + this.#keptMs(era) <= now ? undefined : era;
  }

  /**
   * Looks at the server where that is needed, with the outfit of whoever asks first: some do not start without one.
   * Undefined: there is no room for another process now.
   */
  async find(server: StdioServer, outfit?: Outfit): Promise<Era | undefined> {
    const known = this.known(server);
    if (known !== undefined) return known;
    const running = this.#probes.get(server);
    if (running !== undefined) return running;
    const { supervisor, limits } = this.#options;
    if (this.#probes.size >= limits.eraProbes || supervisor.refuses(undefined) !== undefined) return undefined;
    const probe = this.#probe(server, outfit);
    this.#probes.set(server, probe);
    try {
      return await probe;
    } finally {
      this.#probes.delete(server);
    }
  }

  /** The server failed at once in this era: it may have been replaced by another version. */
  doubt(server: StdioServer): void {
    this.#seen.delete(server);
  }

  async #probe(server: StdioServer, outfit: Outfit | undefined): Promise<Era> {
    const { supervisor, limits, clock, log } = this.#options;
    const era = await probeEra({
      start: (listener) => supervisor.start(server, listener, undefined, outfit),
      clock,
      silenceMs: limits.eraSilenceMs,
      limitMs: limits.initializeMs,
    });
    this.#seen.set(server, era);
    log.info({ server: server.name, era: era.kind, revisions: era.revisions }, "the era of an MCP server was found");
    return era;
  }

  /** What was only guessed from silence or an exit is looked at again soon. */
  #keptMs(era: Era): number {
    const { eraKeptMs, eraGuessKeptMs } = this.#options.limits;
    return era.kind === "legacy" && !era.certain ? eraGuessKeptMs : eraKeptMs;
  }
}
