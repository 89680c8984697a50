import type { Caller } from "@mcp-auth-proxy/access-token";
import { type Clock, err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { Backoff } from "../../children/backoff.ts";
import type { Supervisor } from "../../children/supervisor.ts";
import type { StdioServer } from "../../config.ts";
import { together } from "../../every-step.ts";
import type { ToolPolicy } from "../../guard/policy.ts";
import type { EndedCredential } from "../../inject/accounts.ts";
import { isWorn, type Outfit } from "../../inject/outfit.ts";
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
  readonly server: StdioServer;
  /** Of its person's credential, where it holds a token; those of later ones take its place. */
  readonly generation: number | undefined;
  readonly startedAt: number;
  usedAt: number;
  /** Nothing new goes to it. */
  retired: boolean;
}

interface Failing {
  readonly server: StdioServer;
  readonly backoff: Backoff;
  failedAt: number;
}

export interface ModernRelaysOptions {
  readonly supervisor: Pick<Supervisor, "start" | "refuses">;
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
  /** Callers whose last process ended by itself, for a time. */
  readonly #failing = new Map<string, Failing>();
  #draining = false;

  constructor(options: ModernRelaysOptions) {
    this.#options = options;
    this.#states = new RequestStates(options.clock, options.limits.requestStateMs);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The caller's process of a server; starts one where there is none, or where its outfit is of an earlier generation. */
  use(caller: Caller, server: StdioServer, outfit?: Outfit): Result<ModernChild, ModernError> {
    const key = JSON.stringify([caller.subject, caller.client, server.resource, outfit?.generation]);
    const now = this.#options.clock.now();
    const existing = this.#entries.get(key);
    if (existing !== undefined) {
      existing.caller = caller;
      existing.usedAt = now;
      return ok(existing);
    }
    if (this.#draining || this.#failing.get(key)?.backoff.ready(now) === false) return err(modernErrors.unavailable);
    const noRoom = this.#noRoomFor(caller.subject);
    if (noRoom !== undefined) return err(noRoom);
    const entry = this.#start(key, caller, server, outfit);
    this.#entries.set(key, entry);
    this.#retire(entry);
    return ok(entry);
  }

  /** Ends the processes, and cuts the streams, of callers that are not allowed any more. */
  endDenied(denied: (caller: Caller) => boolean): void {
    for (const [key, { relay, caller }] of this.#entries) {
      relay.cut(denied);
      if (denied(caller)) this.#end(key);
    }
  }

  /** The person disconnected their account: processes that hold a token of it end. */
  endCredential({ subject, resource }: EndedCredential): void {
    for (const [key, { caller, server }] of this.#entries) if (isWorn(server.inject) && caller.subject === subject && server.resource === resource) this.#end(key);
  }

  /** The server is not there any more; another one at its path owes nothing to its failures. */
  async endServer(server: StdioServer): Promise<void> {
    for (const [key, failing] of this.#failing) if (failing.server === server) this.#failing.delete(key);
    const its = [...this.#entries].filter(([, entry]) => entry.server === server);
    for (const [key] of its) this.#entries.delete(key);
    await together(its.map(([, { relay }]) => relay.end()));
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
      if (!entry.relay.busy && (entry.retired || entry.usedAt + this.#options.limits.modernIdleMs <= now)) this.#end(key);
    }
    const { respawnMostMs, steadyMs } = this.#options.limits;
    for (const [key, { failedAt }] of this.#failing) if (failedAt + respawnMostMs + steadyMs <= now) this.#failing.delete(key);
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
    await together([...this.#entries.values()].map(({ relay }) => relay.end()));
  }

  /** Processes of earlier generations end what they have begun. */
  #retire({ caller, server, generation }: Entry): void {
    if (generation === undefined) return;
    for (const [key, entry] of this.#entries) {
      if (entry.server !== server || entry.caller.subject !== caller.subject || entry.caller.client !== caller.client) continue;
      if (entry.generation === undefined || entry.generation >= generation) continue;
      entry.retired = true;
      entry.relay.endSubscriptions();
      if (!entry.relay.busy) this.#end(key);
    }
  }

  #start(key: string, caller: Caller, server: StdioServer, outfit: Outfit | undefined): Entry {
    const { supervisor, eras, policyOf, limits, clock, log } = this.#options;
    const policy = policyOf(server);
    const relay: ModernRelay = new ModernRelay({
      start: (listener) => supervisor.start(server, listener, caller.subject, outfit),
      limits,
      clock,
      log: log.child({ server: server.name }),
      policy,
      states: this.#states,
      owner: { caller: { subject: caller.subject, client: caller.client }, resource: server.resource },
      doubted: () => eras.doubt(server),
      ended: ({ byItself, useless }) => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
        if (byItself) this.#failed(key, server, entry.startedAt);
        if (useless) eras.doubt(server);
      },
    });
    const now = clock.now();
    const schemas = new ToolSchemas(relay, policy, limits, clock);
    const entry: Entry = { relay, schemas, caller, server, generation: outfit?.generation, startedAt: now, usedAt: now, retired: false };
    return entry;
  }

  #end(key: string): void {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    void entry?.relay.end();
  }

  #failed(key: string, server: StdioServer, startedAt: number): void {
    const { limits, clock } = this.#options;
    const now = clock.now();
    const backoff = this.#failing.get(key)?.backoff ?? new Backoff({ firstMs: limits.respawnMs, mostMs: limits.respawnMostMs, steadyMs: limits.steadyMs });
    backoff.failed(now, now - startedAt);
    this.#failing.set(key, { server, backoff, failedAt: now });
  }

  /** At the person's cap, the longest idle process makes room for the next request: another can be started at any time. */
  #noRoomFor(subject: string): ModernError | undefined {
    const reason = this.#options.supervisor.refuses(subject);
    if (reason !== "subject_full") return reason === undefined ? undefined : modernErrors.unavailable;
    const [yielding] = [...this.#entries]
      .filter(([, { relay, caller }]) => caller.subject === subject && !relay.busy)
      .sort(([, one], [, other]) => one.usedAt - other.usedAt);
    if (yielding !== undefined) this.#end(yielding[0]);
    return modernErrors.subjectFull;
  }
}
