import type { Caller } from "@mcp-auth-proxy/access-token";
import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { StdioServer } from "../config.ts";
import { together } from "../every-step.ts";
import type { Outfit } from "../inject/outfit.ts";
import type { BridgeLimits } from "../limits.ts";
import type { Upstream, UpstreamListener } from "../relay/upstream.ts";
import { isSessionRevision, sessionRevisions } from "../wire/revisions.ts";
import { Fitting } from "./fitting.ts";
import { LastingChild } from "./lasting-child.ts";
import { SharedChild } from "./shared-child.ts";
import type { NoRoom, Supervisor } from "./supervisor.ts";

export interface SharedChildrenOptions {
  readonly supervisor: Supervisor;
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  readonly log: Log;
}

/** Who asks for a seat: everything that decides which process it is at. */
export interface SeatRequest {
  readonly server: StdioServer;
  readonly caller: Pick<Caller, "subject" | "client">;
  /** The revision its client asks for; another than those that are known counts as the newest. */
  readonly version: string;
}

interface Entry {
  readonly server: StdioServer;
  readonly child: SharedChild;
  readonly fitting: Fitting;
  usedAt: number;
}

/** The processes that several sessions share: for each person and client, or for everybody, and for each revision that is asked for. */
export class SharedChildren {
  readonly #options: SharedChildrenOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: SharedChildrenOptions) {
    this.#options = options;
  }

  /** Why there can be no seat; undefined where there can. */
  refuses(request: SeatRequest): NoRoom | undefined {
    return this.#entries.has(keyOf(request)) ? undefined : this.#options.supervisor.refuses(ownerOf(request));
  }

  /** `outfit`: what the process is fitted out with, where it is one person's. */
  seat(request: SeatRequest, listener: UpstreamListener, outfit: Outfit | undefined): Upstream {
    const key = keyOf(request);
    const entry = this.#entries.get(key) ?? this.#open(key, request, new Fitting(outfit));
    entry.fitting.fit(outfit);
    entry.usedAt = this.#options.clock.now();
    return entry.child.seat(personOf(request), listener);
  }

  /** Something newer for a process: from now on it is used. */
  fit(request: SeatRequest, outfit: Outfit | undefined): void {
    this.#entries.get(keyOf(request))?.fitting.fit(outfit);
  }

  /** Ends those that nobody has needed for a while. */
  sweep(now: number): void {
    for (const [key, entry] of this.#entries) {
      entry.child.sweep(now);
      if (entry.child.used) entry.usedAt = now;
      if (entry.usedAt + this.#options.limits.sharedIdleMs > now) continue;
      this.#entries.delete(key);
      void entry.child.end();
    }
  }

  /** Ends those that are only kept for later: after a revocation nobody knows whose they may be. */
  endUnused(): void {
    for (const [key, { child }] of this.#entries) {
      if (child.used) continue;
      this.#entries.delete(key);
      void child.end();
    }
  }

  /** Takes its processes away at once, so that nobody gets a seat at one while it ends. */
  async endServer(server: StdioServer): Promise<void> {
    const its = [...this.#entries].filter(([, entry]) => entry.server === server);
    for (const [key] of its) this.#entries.delete(key);
    await together(its.map(([, { child }]) => child.end()));
  }

  async endAll(): Promise<void> {
    await together([...this.#entries.values()].map(({ child }) => child.end()));
  }

  #open(key: string, request: SeatRequest, fitting: Fitting): Entry {
    const { supervisor, limits, clock, log } = this.#options;
    const { server } = request;
    const owner = ownerOf(request);
    const child: SharedChild = new SharedChild({
      start: (listener) => {
        const lasting = new LastingChild({
          start: (childListener) => (supervisor.refuses(owner) === undefined ? supervisor.start(server, childListener, owner, fitting.outfit) : undefined),
          limits,
          clock,
          memory: server.memory ?? "usual",
          replaceable: fitting.outfit !== undefined,
          listener,
        });
        fitting.watch(() => lasting.replace());
        return lasting;
      },
      limits,
      clock,
      log: log.child({ server: server.name }),
      version: versionOf(request),
      onePerson: owner !== undefined,
      ended: () => {
        if (this.#entries.get(key)?.child === child) this.#entries.delete(key);
      },
    });
    const entry = { server, child, fitting, usedAt: clock.now() };
    this.#entries.set(key, entry);
    return entry;
  }
}

const ownerOf = ({ server, caller }: SeatRequest): string | undefined => (server.isolation === "shared" ? undefined : caller.subject);

const versionOf = ({ version }: SeatRequest): string => (isSessionRevision(version) ? version : sessionRevisions[0]);

/** JSON keeps the parts apart, whatever characters are in them. */
const personOf = ({ caller }: SeatRequest): string => JSON.stringify([caller.subject, caller.client]);

const keyOf = (request: SeatRequest): string => {
  const { server, caller } = request;
  const person = server.isolation === "shared" ? [null, null] : [caller.subject, caller.client];
  return JSON.stringify([server.path, ...person, versionOf(request)]);
};
