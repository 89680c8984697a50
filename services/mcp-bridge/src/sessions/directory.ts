import type { Caller } from "@mcp-auth-proxy/access-token";
import { type Clock, err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { randomToken } from "@mcp-auth-proxy/crypto";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { Child, ChildListener } from "../children/child.ts";
import { Fitting } from "../children/fitting.ts";
import { LastingChild } from "../children/lasting-child.ts";
import { type SeatRequest, SharedChildren } from "../children/shared-children.ts";
import type { Supervisor } from "../children/supervisor.ts";
import type { Isolation, StdioServer } from "../config.ts";
import type { ToolPolicy } from "../guard/policy.ts";
import type { EndedCredential } from "../inject/accounts.ts";
import { isWorn, type Outfit } from "../inject/outfit.ts";
import { inTurn, together } from "../every-step.ts";
import type { BridgeLimits } from "../limits.ts";
import { policed } from "../relay/policed.ts";
import type { UpstreamListener } from "../relay/upstream.ts";
import { StdioRelay } from "../relay/stdio.ts";
import { Session, type SessionKind } from "./session.ts";

/** `subject_full`: this person has too many sessions; `full`: everyone together has; `draining`: we are about to stop. */
export type NoSession = "subject_full" | "full" | "draining";

export interface SessionDirectoryOptions {
  readonly supervisor: Supervisor;
  readonly policyOf: (server: StdioServer) => ToolPolicy;
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  readonly log: Log;
}

/** Every session of this process, within bounds. A session is found only by the person and client it belongs to. */
export class SessionDirectory {
  readonly #options: SessionDirectoryOptions;
  readonly #podHint = randomToken(6);
  readonly #sessions = new Map<string, Session>();
  readonly #shared: SharedChildren;
  #draining = false;

  constructor(options: SessionDirectoryOptions) {
    this.#options = options;
    this.#shared = new SharedChildren(options);
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Opens a session; `version` is the revision that its client asks for, `outfit` what its process gets for this person. */
  open(caller: Caller, server: StdioServer, version: string, kind: SessionKind = "http", outfit?: Outfit): Result<Session, NoSession> {
    const { supervisor, policyOf, limits, clock, log } = this.#options;
    if (this.#draining) return err("draining");
    if (!this.#hasRoomFor(caller.subject)) return err("subject_full");
    if (this.#sessions.size >= limits.sessions) return err("full");
    // Nobody has introduced himself in a session without a handshake: the gateway has, at a process that is shared.
    const alone = isolationOf(server) === "session" && (kind === "http" || kind === "sse");
    const asked: SeatRequest = { server, caller, version };
    const noRoom = alone ? supervisor.refuses(caller.subject) : this.#shared.refuses(asked);
    if (noRoom !== undefined) return err(noRoom);
    const id = `${this.#podHint}.${randomToken(16)}`;
    const fitting = new Fitting(outfit);
    const relay = new StdioRelay({
      start: policed(policyOf(server), (listener) => (alone ? this.#processFor(server, caller, listener, fitting) : this.#shared.seat(asked, listener, outfit))),
      limits,
      clock,
      log: log.child({ server: server.name }),
      tag: kind === "http" ? randomToken(6) : undefined,
      ended: () => this.#sessions.delete(id),
    });
    const session = new Session(id, server, caller, relay, clock.now(), kind, (newer) => (alone ? fitting.fit(newer) : this.#shared.fit(asked, newer)));
    this.#sessions.set(id, session);
    return ok(session);
  }

  /** Another person's session, another client's and none at all look the same. */
  use(id: string, caller: Caller, server: StdioServer, kind: "http" | "sse" = "http", outfit?: Outfit): Session | undefined {
    const session = this.#sessions.get(id);
    if (session?.kind !== kind || !session.belongsTo(caller, server)) return undefined;
    session.used(caller, this.#options.clock.now());
    session.fit(outfit);
    return session;
  }

  /** The session whose events this sign-in listens to. */
  listeningTo(caller: Caller, server: StdioServer): Session | undefined {
    for (const session of this.#sessions.values()) {
      if (session.kind === "events" && session.belongsTo(caller, server) && session.caller.grant === caller.grant) return session;
    }
    return undefined;
  }

  async end(session: Session): Promise<void> {
    this.#sessions.delete(session.id);
    await session.relay.end();
  }

  /** Ends the sessions, and cuts the streams, of callers that are not allowed any more. */
  endDenied(denied: (caller: Caller) => boolean): void {
    for (const session of this.#sessions.values()) {
      session.relay.cut(denied);
      if (denied(session.caller)) void this.end(session);
    }
    this.#shared.endUnused();
  }

  /** The person disconnected their account: processes that hold a token of it end. */
  endCredential({ subject, resource }: EndedCredential): void {
    for (const session of this.#sessions.values()) {
      if (isWorn(session.server.inject) && session.caller.subject === subject && session.server.resource === resource) void this.end(session);
    }
    this.#shared.endUnused();
  }

  /** The server is not there any more, and with it its sessions, streams and processes. */
  async endServer(server: StdioServer): Promise<void> {
    const its = [...this.#sessions.values()].filter((session) => session.server === server);
    await inTurn([() => together(its.map((session) => this.end(session))), () => this.#shared.endServer(server)]);
  }

  /** Cuts every stream: nobody knows whether its caller is still allowed. */
  cutAll(): void {
    for (const session of this.#sessions.values()) session.relay.cut(() => true);
  }

  keepAlive(): void {
    for (const session of this.#sessions.values()) session.relay.keepAlive();
  }

  /** Ends what is due: idle sessions, streams whose token has expired, requests nobody answers. */
  sweep(now: number): void {
    this.#shared.sweep(now);
    for (const session of this.#sessions.values()) {
      session.sweep(now);
      const { listener } = session.relay;
      if (listener !== undefined && listener.expiresAt <= now) session.relay.endListening();
      const { idleSince } = session;
      if (idleSince !== undefined && idleSince + this.#options.limits.sessionIdleMs <= now) void this.end(session);
    }
  }

  /** Takes no new session and ends the GET streams, those that an answer is to come on after it; requests under way go on. */
  drain(): void {
    this.#draining = true;
    for (const session of this.#sessions.values()) session.relay.drain();
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

  async endAll(): Promise<void> {
    await inTurn([() => together([...this.#sessions.values()].map((session) => this.end(session))), () => this.#shared.endAll()]);
  }

  get #requestsUnderWay(): number {
    let count = 0;
    for (const { relay } of this.#sessions.values()) count += relay.requestsUnderWay;
    return count;
  }

  /** A process of the session's own, started again when the session needs one and can have it. */
  #processFor(server: StdioServer, { subject }: Caller, listener: UpstreamListener, fitting: Fitting): LastingChild {
    const { supervisor, limits, clock } = this.#options;
    const start = (childListener: ChildListener): Child | undefined =>
      supervisor.refuses(subject) === undefined ? supervisor.start(server, childListener, subject, fitting.outfit) : undefined;
    const lasting = new LastingChild({ start, limits, clock, memory: server.memory ?? "usual", replaceable: fitting.outfit !== undefined, listener });
    fitting.watch(() => lasting.replace());
    return lasting;
  }

  /** At the cap, the person's longest idle session makes room; clients that never DELETE are common. */
  #hasRoomFor(subject: string): boolean {
    const { limits, clock } = this.#options;
    const own = [...this.#sessions.values()].filter(({ caller }) => caller.subject === subject);
    if (own.length < limits.sessionsPerSubject) return true;
    const yielding = own
      .filter(({ idleSince }) => idleSince !== undefined && idleSince + limits.sessionYieldMs <= clock.now())
      .sort((one, other) => (one.idleSince ?? 0) - (other.idleSince ?? 0))
      .at(0);
    if (yielding === undefined) return false;
    void this.end(yielding);
    return true;
  }
}

/** A token in the process is one person's, and each of their clients': one process for all of its sessions is enough. */
const isolationOf = ({ isolation, inject }: StdioServer): Isolation => isolation ?? (isWorn(inject) ? "user" : "session");
