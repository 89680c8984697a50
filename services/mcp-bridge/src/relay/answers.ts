import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Acceptance } from "../guard/headers.ts";
import type { BridgeLimits } from "../limits.ts";
import type { EventPlace } from "../wire/event-id.ts";
import { errorMessage, type JsonRpcError, type JsonRpcId } from "../wire/json-rpc.ts";
import type { ClientStreams } from "./client-streams.ts";
import type { Outlet } from "./outlet.ts";
import { type PendingRequest, PendingRequests } from "./pending-requests.ts";
import type { Request, Untaken } from "./posted.ts";
import { relayErrors } from "./relay-errors.ts";

export interface AnswersOptions {
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  readonly streams: ClientStreams;
  /** Called when a request is over. */
  readonly over: () => void;
}

/** The requests of one session that are under way, and how each of them gets its one answer. */
export class Answers {
  readonly #options: AnswersOptions;
  readonly #pending = new PendingRequests();

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Whether an answer is to come on the session's own stream. */
  get awaitedOnOwnStream(): boolean {
    return this.#pending.all().some(({ outlet }) => outlet === undefined);
  }

  /** Why these can not be taken together; undefined where they can. */
  refuses(requests: readonly Request[]): Untaken | undefined {
    if (requests.some(({ id }) => this.#pending.get(id) !== undefined)) return "duplicate_id";
    if (new Set(requests.map(({ id }) => JSON.stringify(id))).size !== requests.length) return "duplicate_id";
    return this.#pending.size + requests.length > this.#options.limits.requestsPerSession ? "too_many" : undefined;
  }

  /** Notes a request that is about to be sent. Without an outlet its answer goes to the session's own stream. */
  take({ id, method, progressToken }: Request, outlet: Outlet | undefined, { eventStream }: Acceptance): PendingRequest {
    const { limits, clock } = this.#options;
    const now = clock.now();
    const deadlineAt = now + (method === "initialize" ? limits.initializeMs : limits.requestMs);
    const timer = eventStream && outlet !== undefined ? setTimeout(() => outlet.openStream(), limits.streamAfterMs) : undefined;
    const pending: PendingRequest = { id, method, progressToken, outlet, streamable: eventStream, deadlineAt, latestAt: now + limits.requestMaxMs, timer };
    this.#pending.add(pending);
    return pending;
  }

  /** The response that requests are answered through; `gone` is called when a client has left before `initialize` was answered. */
  attach(outlet: Outlet, pending: readonly PendingRequest[], { json, eventStream }: Acceptance, gone: () => void): void {
    const { streams } = this.#options;
    streams.add(outlet, () => {
      for (const one of pending) {
        clearTimeout(one.timer);
        // A client that goes away has not cancelled: the child works on. Only a session that nobody knows of ends.
        if (one.method === "initialize" && this.#pending.has(one)) gone();
      }
    });
    if (!json) outlet.openStream();
    if (eventStream && streams.listening === undefined) streams.flush(outlet);
  }

  /** Another connection takes the place of one that its client lost. */
  resume(outlet: Outlet, place: EventPlace): void {
    const waiting = this.#pending.ofStream(place.stream);
    const former = waiting[0]?.outlet;
    outlet.expect(waiting.length);
    for (const pending of waiting) pending.outlet = outlet;
    this.#options.streams.resume(outlet, place, former?.track, () => undefined);
    // What is left of the old connection would only be the same again.
    former?.end();
  }

  get(id: JsonRpcId): PendingRequest | undefined {
    return this.#pending.get(id);
  }

  /** The request that a server works on, as its progress shows: it has its time anew. */
  progressing(token: JsonRpcId): PendingRequest | undefined {
    const pending = this.#pending.ofToken(token);
    if (pending !== undefined) pending.deadlineAt = this.#options.clock.now() + this.#options.limits.requestMs;
    return pending;
  }

  /** The response that something which may be about any request goes to. */
  get newestOutlet(): Outlet | undefined {
    return this.#pending.newestStreamable()?.outlet;
  }

  give(pending: PendingRequest, message: Buffer): void {
    this.#pending.remove(pending);
    const { streams, over } = this.#options;
    const outlet = pending.outlet ?? streams.listening;
    if (outlet !== undefined && pending.outlet === undefined) streams.send(outlet, message);
    else if (outlet !== undefined) streams.finish(outlet, message, () => errorMessage(pending.id, relayErrors.tooLargeToKeep));
    over();
  }

  fail(pending: PendingRequest, error: JsonRpcError): void {
    this.give(pending, errorMessage(pending.id, error));
  }

  failAll(error: JsonRpcError): void {
    for (const pending of this.#pending.all()) this.fail(pending, error);
  }

  /** It was not sent after all. */
  forget(pending: PendingRequest): void {
    this.#pending.remove(pending);
  }

  /** The server answers no cancelled request (MCP, cancellation), so its response is ended here. */
  cancelled(id: JsonRpcId): void {
    const pending = this.#pending.get(id);
    if (pending === undefined || pending.method === "initialize") return;
    if (pending.streamable) {
      this.#pending.remove(pending);
      pending.outlet?.forgo();
      this.#options.over();
    } else this.fail(pending, relayErrors.cancelledByClient);
  }

  /** Those that nobody answers in time. */
  overdue(now: number): readonly PendingRequest[] {
    return this.#pending.all().filter(({ deadlineAt, latestAt }) => Math.min(deadlineAt, latestAt) <= now);
  }

  outlets(): readonly Outlet[] {
    return this.#pending.all().flatMap(({ outlet }) => (outlet === undefined ? [] : [outlet]));
  }
}
