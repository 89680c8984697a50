import type { Caller } from "@mcp-auth-proxy/access-token";
import { type Clock, err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { randomToken } from "@mcp-auth-proxy/crypto";
import type { HttpServer } from "../config.ts";
import type { BridgeLimits } from "../limits.ts";

/** A client's session with a server behind an address. The server's own id of it never leaves the gateway. */
export interface HttpSession {
  /** Ours: 128 random bits. Knowing it is no authentication. */
  readonly id: string;
  readonly server: HttpServer;
  readonly upstreamId: string;
  /** Whose token was shown last. */
  caller: Caller;
  /** Whether its client opens addresses for its person. */
  readonly opensUrls: boolean;
  underWay: number;
  usedAt: number;
}

export interface NewHttpSession {
  readonly server: HttpServer;
  readonly upstreamId: string;
  readonly caller: Caller;
  readonly opensUrls: boolean;
}

/** Sessions at servers behind an address, within the bounds of all sessions. Each is found only by the person and client it belongs to. */
export class HttpSessions {
  readonly #limits: BridgeLimits;
  readonly #clock: Clock;
  readonly #podHint = randomToken(6);
  readonly #sessions = new Map<string, HttpSession>();

  constructor(limits: BridgeLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Why another session can not be opened now; at the cap, the person's longest idle one makes room. */
  refuses({ subject }: Caller): Result<void, "subject_full" | "full"> {
    const own = [...this.#sessions.values()].filter(({ caller }) => caller.subject === subject);
    if (own.length >= this.#limits.sessionsPerSubject) {
      const [yielding] = own
        .filter(({ underWay, usedAt }) => underWay === 0 && usedAt + this.#limits.sessionYieldMs <= this.#clock.now())
        .sort((one, other) => one.usedAt - other.usedAt);
      if (yielding === undefined) return err("subject_full");
      this.end(yielding);
    }
    return this.#sessions.size < this.#limits.sessions ? ok(undefined) : err("full");
  }

  open(opened: NewHttpSession): HttpSession {
    const session: HttpSession = { id: `${this.#podHint}.${randomToken(16)}`, ...opened, underWay: 0, usedAt: this.#clock.now() };
    this.#sessions.set(session.id, session);
    return session;
  }

  /** Another person's session, another client's, another server's and none at all look the same. */
  use(id: string, caller: Caller, server: HttpServer): HttpSession | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined || session.server !== server) return undefined;
    if (session.caller.subject !== caller.subject || session.caller.client !== caller.client) return undefined;
    session.caller = caller;
    session.usedAt = this.#clock.now();
    return session;
  }

  end({ id }: HttpSession): void {
    this.#sessions.delete(id);
  }

  endWhere(matches: (session: HttpSession) => boolean): void {
    for (const session of this.#sessions.values()) if (matches(session)) this.end(session);
  }

  sweep(now: number): void {
    for (const session of this.#sessions.values()) {
      if (session.underWay > 0) session.usedAt = now;
      if (session.usedAt + this.#limits.sessionIdleMs <= now) this.end(session);
    }
  }
}
