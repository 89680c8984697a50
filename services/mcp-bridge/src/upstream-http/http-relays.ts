import type { Caller } from "@mcp-auth-proxy/access-token";
import type { ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { AppError, type Clock, err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { HttpServer } from "../config.ts";
import { type Refusal, refusals } from "../guard/refusal.ts";
import type { Account, EndedCredential } from "../inject/accounts.ts";
import { withAuthorization } from "../inject/params.ts";
import type { Identity } from "../inject/identities.ts";
import type { Lease } from "../inject/lease.ts";
import type { BridgeLimits } from "../limits.ts";
import type { Look } from "./answers.ts";
import { Exchange } from "./exchange.ts";
import { type HttpSession, HttpSessions } from "./http-sessions.ts";
import { Reachability } from "./reachability.ts";
import { upstreamHeaders } from "./request-headers.ts";
import { ServerPool } from "./server-pool.ts";
import { type Asked, troubleAnswer } from "./trouble.ts";

export interface HttpRelaysOptions {
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a client sends to a server behind an address. */
export interface Passed {
  readonly server: HttpServer;
  readonly caller: Caller;
  readonly account: Account | undefined;
  readonly identity: Identity | undefined;
  readonly method: "POST" | "GET" | "DELETE";
  readonly rawHeaders: readonly string[];
  readonly body: Buffer | undefined;
  /** Whether the token belongs among its parameters. */
  readonly withParams: boolean;
  readonly session: HttpSession | undefined;
  readonly look: Look | undefined;
  readonly asked: Asked;
  /** How long an answer may be away; undefined: it is a stream without an end. */
  readonly deadlineMs: number | undefined;
  readonly response: ServerResponse;
  readonly headers: Readonly<Record<string, string>>;
  /** Opens a session where the server does. */
  readonly opening: boolean;
  /** Called where it is taken, before anything is written. */
  readonly taken: () => void;
}

const sessionHeader = "mcp-session-id";

/** Everything that is under way at servers behind an address. */
export class HttpRelays {
  readonly sessions: HttpSessions;
  readonly reachability: Reachability;
  readonly #options: HttpRelaysOptions;
  readonly #pools = new Map<HttpServer, ServerPool>();
  readonly #exchanges = new Map<Exchange, { readonly passed: Passed; readonly key: string }>();
  readonly #underWay = new Map<string, number>();
  #draining = false;

  constructor(options: HttpRelaysOptions) {
    this.#options = options;
    const { limits, clock, log } = options;
    this.reachability = new Reachability(log);
    this.sessions = new HttpSessions(limits, clock);
  }

  /** Has connections for a server from now on. */
  add(server: HttpServer): void {
    if (!this.#pools.has(server)) this.#pools.set(server, new ServerPool(server, this.#options.limits));
  }

  /** Takes a request that was looked at; everything about it leaves through its response. */
  pass(passed: Passed): Result<void, Refusal> {
    const { limits, clock, log } = this.#options;
    const { server, caller, account, identity, rawHeaders, body, session, method } = passed;
    const pool = this.#pools.get(server);
    if (pool === undefined) throw new AppError("unavailable", `the server ${server.name} is not there any more`);
    const key = session?.id ?? JSON.stringify([caller.subject, caller.client, server.path]);
    const own = this.#underWay.get(key) ?? 0;
    if (own >= limits.requestsPerSession) return err(refusals.tooManyRequests);
    if (this.#draining || this.#exchanges.size >= limits.exchanges) return err(refusals.full);
    if (passed.opening) {
      const room = this.sessions.refuses(caller);
      if (!room.ok) return err(room.error === "subject_full" ? refusals.tooManySessions : refusals.full);
    }
    const exchange: Exchange = new Exchange({
      pool,
      limits,
      clock,
      caller,
      account,
      method,
      request: (lease) => ({
        headers: upstreamHeaders({ server, caller, rawHeaders, lease, identity, session: session?.upstreamId, body: body !== undefined }),
        body: passed.withParams ? injected(body, lease) : body,
      }),
      session: session !== undefined,
      deadlineMs: passed.deadlineMs,
      response: passed.response,
      headers: passed.headers,
      look: passed.look,
      accepted: (headers) => this.#accepted(passed, headers[sessionHeader]),
      told: (trouble) => troubleAnswer(trouble, passed.asked),
      ended: (trouble) => {
        this.#forget(exchange);
        if (this.#pools.has(server) && (trouble !== undefined || exchange.answered)) this.reachability.note(server, trouble);
        if (trouble?.kind === "session-gone" && session !== undefined) this.sessions.end(session);
      },
      broke: (cause) => log.error({ err: cause, server: server.name }, "a request could not be sent once more"),
    });
    this.#exchanges.set(exchange, { passed, key });
    this.#underWay.set(key, own + 1);
    if (session !== undefined) session.underWay += 1;
    passed.taken();
    exchange.start();
    return ok(undefined);
  }

  /** The client is done with a session: the server is told, and what it says to that is nobody's to hear. */
  endSession(session: HttpSession, rawHeaders: readonly string[], account: Account | undefined, identity: Identity | undefined): void {
    const { server, caller, upstreamId } = session;
    this.sessions.end(session);
    this.#cut(({ passed }) => passed.session === session);
    const lease = account?.lease.ok === true ? account.lease.value : undefined;
    if (this.#draining || (account !== undefined && lease === undefined)) return;
    const headers = upstreamHeaders({ server, caller, rawHeaders, lease, identity, session: upstreamId, body: false });
    this.#pools.get(server)?.dispatch({ method: "DELETE", headers, body: undefined, limitMs: this.#options.limits.connectMs }, unheard);
  }

  /** Ends sessions, and cuts what is under way, of callers that are not allowed any more. */
  endDenied(denied: (caller: Caller) => boolean): void {
    this.#cut(({ passed }) => denied(passed.caller));
    this.sessions.endWhere(({ caller }) => denied(caller));
  }

  /** The person disconnected their account: what goes on with its token ends. */
  endCredential({ subject, resource }: EndedCredential): void {
    this.#cut(({ passed }) => passed.server.inject !== undefined && passed.caller.subject === subject && passed.server.resource === resource);
    this.sessions.endWhere(({ caller, server }) => server.inject !== undefined && caller.subject === subject && server.resource === resource);
  }

  /** The server is not there any more, and with it its sessions, streams and connections. */
  async endServer(server: HttpServer): Promise<void> {
    const pool = this.#pools.get(server);
    this.#pools.delete(server);
    this.#cut(({ passed }) => passed.server === server);
    this.sessions.endWhere((session) => session.server === server);
    this.reachability.forget(server);
    await pool?.close();
  }

  /** Cuts everything: nobody knows whether its caller is still allowed. */
  cutAll(): void {
    this.#cut(() => true);
  }

  keepAlive(): void {
    for (const exchange of this.#exchanges.keys()) exchange.keepAlive();
  }

  sweep(now: number): void {
    for (const exchange of this.#exchanges.keys()) exchange.sweep(now);
    this.sessions.sweep(now);
  }

  /** Takes nothing new and ends the streams without an end; requests under way go on. */
  drain(): void {
    this.#draining = true;
    for (const exchange of this.#exchanges.keys()) if (exchange.endless) exchange.end();
  }

  /** Resolves when nothing is under way, or after `limitMs`. */
  async quiet(limitMs: number): Promise<void> {
    const everyMs = 25;
    for (let waitedMs = 0; waitedMs < limitMs && this.#exchanges.size > 0; waitedMs += everyMs) {
      await new Promise<void>((resolve) => {
        setTimeout(resolve, everyMs);
      });
    }
  }

  async endAll(): Promise<void> {
    this.cutAll();
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  #accepted({ opening, server, caller, session, asked }: Passed, upstreamId: string | string[] | undefined): Readonly<Record<string, string>> {
    if (session !== undefined) return { [sessionHeader]: session.id };
    if (!opening || typeof upstreamId !== "string" || upstreamId === "") return {};
    return { [sessionHeader]: this.sessions.open({ server, upstreamId, caller, opensUrls: asked.opensUrls }).id };
  }

  #cut(matches: (entry: { readonly passed: Passed }) => boolean): void {
    for (const [exchange, entry] of this.#exchanges) if (matches(entry)) exchange.cut();
  }

  #forget(exchange: Exchange): void {
    const entry = this.#exchanges.get(exchange);
    if (entry === undefined || !this.#exchanges.delete(exchange)) return;
    const left = (this.#underWay.get(entry.key) ?? 1) - 1;
    if (left > 0) this.#underWay.set(entry.key, left);
    else this.#underWay.delete(entry.key);
    if (entry.passed.session !== undefined) entry.passed.session.underWay -= 1;
  }
}

const unheard: Dispatcher.DispatchHandler = {
  onRequestStart: () => undefined,
  onResponseStart: () => undefined,
  onResponseData: () => undefined,
  onResponseEnd: () => undefined,
  onResponseError: () => undefined,
};

const injected = (body: Buffer | undefined, lease: Lease | undefined): Buffer | undefined => {
  if (body === undefined || lease === undefined) return body;
  const written = withAuthorization(body, lease);
  // It was looked at before it came here.
  if (!written.ok) throw new AppError("internal", "a message that can be read in two ways");
  return written.value;
};
