import { type Clock, err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { Caller } from "../../auth/caller.ts";
import type { Supervisor } from "../../children/supervisor.ts";
import type { StdioServer } from "../../config.ts";
import type { ToolPolicy } from "../../guard/policy.ts";
import type { BridgeLimits } from "../../limits.ts";
import type { Eras } from "../../registry/eras.ts";
import { type ModernError, modernErrors } from "../../wire/rev-2026-07-28/errors.ts";
import { ModernRelay } from "./relay.ts";
import { RequestStates } from "./request-states.ts";
import { ToolSchemas } from "./tool-schemas.ts";

/** One process of a server, for one person with one client. */
export interface ModernChild {
  readonly relay: ModernRelay;
  readonly schemas: ToolSchemas;
}

interface Entry extends ModernChild {
  caller: Caller;
  usedAt: number;
}

export interface ModernRelaysOptions {
  readonly supervisor: Pick<Supervisor, "start" | "size">;
  readonly eras: Eras;
  readonly policyOf: (server: StdioServer) => ToolPolicy;
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The processes behind revision 2026-07-28. Requests bring everything along, so any process of the server would do;
 * people do not share one all the same, nor do a person's clients: what a server keeps must not go from one to another.
 */
export class ModernRelays {
  readonly #options: ModernRelaysOptions;
  readonly #states: RequestStates;
  readonly #entries = new Map<string, Entry>();
  #draining = false;

  constructor(options: ModernRelaysOptions) {
    this.#options = options;
    this.#states = new RequestStates(options.clock, options.limits.requestStateMs);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The caller's process of a server; starts one where there is none. */
  use(caller: Caller, server: StdioServer): Result<ModernChild, ModernError> {
    const key = JSON.stringify([caller.subject, caller.client, server.resource]);
    const now = this.#options.clock.now();
    const existing = this.#entries.get(key);
    if (existing !== undefined) {
      existing.caller = caller;
      existing.usedAt = now;
      return ok(existing);
    }
    const { supervisor, limits } = this.#options;
    if (this.#draining || supervisor.size >= limits.sessions) return err(modernErrors.unavailable);
    if (!this.#hasRoomFor(caller.subject)) return err(modernErrors.subjectFull);
    const entry = this.#start(key, caller, server);
    this.#entries.set(key, entry);
    return ok(entry);
  }

  /** Ends the processes, and cuts the streams, of callers that are not allowed any more. */
  endDenied(denied: (caller: Caller) => boolean): void {
    for (const [key, { relay, caller }] of this.#entries) {
      relay.cut(denied);
      if (denied(caller)) this.#end(key);
    }
  }

  cutAll(): void {
    for (const { relay } of this.#entries.values()) relay.cut(() => true);
  }

  keepAlive(): void {
    for (const { relay } of this.#entries.values()) relay.keepAlive();
  }

  /** Nothing is lost with an idle process, so it goes sooner than a session would. */
  sweep(now: number): void {
    for (const [key, entry] of this.#entries) {
      if (entry.relay.busy) entry.usedAt = now;
      entry.relay.sweep(now);
      if (!entry.relay.busy && entry.usedAt + this.#options.limits.modernIdleMs <= now) this.#end(key);
    }
  }

  drain(): void {
    this.#draining = true;
    for (const { relay } of this.#entries.values()) relay.endSubscriptions();
  }

  /** Resolves when no request is under way, or after `limitMs`. */
  async quiet(limitMs: number): Promise<void> {
    const everyMs = 25;
    for (let waitedMs = 0; waitedMs < limitMs && this.#requestsUnderWay > 0; waitedMs += everyMs) {
      await new Promise<void>((resolve) => {
        setTimeout(resolve, everyMs);
      });
    }
  }

  get #requestsUnderWay(): number {
    let count = 0;
    for (const { relay } of this.#entries.values()) count += relay.requestsUnderWay;
    return count;
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ relay }) => relay.end()));
  }

  #start(key: string, caller: Caller, server: StdioServer): Entry {
    const { supervisor, eras, policyOf, limits, clock, log } = this.#options;
    const policy = policyOf(server);
    const relay: ModernRelay = new ModernRelay({
      start: (listener) => supervisor.start(server, listener),
      limits,
      clock,
      log: log.child({ server: server.name }),
      policy,
      states: this.#states,
      owner: { caller: { subject: caller.subject, client: caller.client }, resource: server.resource },
      ended: (useless) => {
        if (this.#entries.get(key)?.relay === relay) this.#entries.delete(key);
        if (useless) eras.doubt(server);
      },
    });
    return { relay, schemas: new ToolSchemas(relay, policy, limits, clock), caller, usedAt: clock.now() };
  }

  #end(key: string): void {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    void entry?.relay.end();
  }

  /** At the cap, the person's longest idle process makes room: another can be started at any time. */
  #hasRoomFor(subject: string): boolean {
    const own = [...this.#entries].filter(([, { caller }]) => caller.subject === subject);
    if (own.length < this.#options.limits.sessionsPerSubject) return true;
    const [yielding] = own.filter(([, { relay }]) => !relay.busy).sort(([, one], [, other]) => one.usedAt - other.usedAt);
    if (yielding === undefined) return false;
    this.#end(yielding[0]);
    return true;
  }
}
