import type { Caller } from "@mcp-auth-proxy/access-token";
import type { StdioServer } from "../config.ts";
import type { Outfit } from "../inject/outfit.ts";
import type { StdioRelay } from "../relay/stdio.ts";

/**
 * How a client reaches its session. `http`: by its id, Streamable HTTP. `sse`: by its id, HTTP+SSE of 2024-11-05.
 * `events`: by being who it is, while it holds a stream. `plain`: not at all, it lasts for one request.
 */
export type SessionKind = "http" | "sse" | "events" | "plain";

/** A client's session with one server. It belongs to a person and a client, and survives a change of token. */
export class Session {
  /** `<pod hint>.<128 random bits>`; knowing it is no authentication. */
  readonly id: string;
  readonly server: StdioServer;
  readonly relay: StdioRelay;
  readonly kind: SessionKind;
  /** Takes what the next process of the session is fitted out with. */
  readonly fit: (outfit: Outfit | undefined) => void;
  /** Whether its client opens addresses for its person. */
  opensUrls = false;
  #caller: Caller;
  #lastUsedAt: number;

  constructor(id: string, server: StdioServer, caller: Caller, relay: StdioRelay, now: number, kind: SessionKind = "http", fit: (outfit: Outfit | undefined) => void = () => undefined) {
    this.id = id;
    this.kind = kind;
    this.fit = fit;
    this.server = server;
    this.relay = relay;
    this.#caller = caller;
    this.#lastUsedAt = now;
  }

  /** Whose token was shown last: the session ends with that grant. */
  get caller(): Caller {
    return this.#caller;
  }

  belongsTo(caller: Caller, server: StdioServer): boolean {
    return this.#caller.subject === caller.subject && this.#caller.client === caller.client && this.server === server;
  }

  used(caller: Caller, now: number): void {
    this.#caller = caller;
    this.#lastUsedAt = now;
  }

  /** Since when nobody has used it and nobody waits; undefined while someone does. */
  get idleSince(): number | undefined {
    return this.relay.busy ? undefined : this.#lastUsedAt;
  }

  sweep(now: number): void {
    // Waiting counts as use: the idle time starts when the last answer was given.
    if (this.relay.busy) this.#lastUsedAt = now;
    this.relay.sweep(now);
  }
}
