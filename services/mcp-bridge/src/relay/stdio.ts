import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { Caller } from "../auth/caller.ts";
import type { Acceptance } from "../guard/headers.ts";
import type { BridgeLimits } from "../limits.ts";
import { cancelledMessage } from "../wire/cancelled.ts";
import { type Envelope, type EnvelopeFault, readEnvelope } from "../wire/envelope.ts";
import { protocolVersionIn, withCodeChallengeMethods } from "../wire/initialize-result.ts";
import { errorMessage, type JsonRpcError, type JsonRpcId } from "../wire/json-rpc.ts";
import { toOneLine } from "../wire/one-line.ts";
import { isSessionRevision, type SessionRevision } from "../wire/revisions.ts";
import { ClientStreams } from "./client-streams.ts";
import type { Outlet } from "./outlet.ts";
import { type PendingRequest, PendingRequests } from "./pending-requests.ts";
import { Questions } from "./questions.ts";
import { errorOfEnd, relayErrors } from "./relay-errors.ts";
import { isAboutARequest } from "./routing.ts";
import type { Upstream, UpstreamEnd, UpstreamListener } from "./upstream.ts";

export type Request = Extract<Envelope, { kind: "request" }>;
type Notification = Extract<Envelope, { kind: "notification" }>;

/** A message with what is known of it. */
export interface Posted<E extends Envelope = Envelope> {
  readonly envelope: E;
  readonly bytes: Buffer;
}

/** Why a message was not taken. */
export type Untaken = "duplicate_id" | "too_many" | "not_reading";

/** Why a stream was not taken up again: the event id is of another session. */
export type NotResumed = "foreign";

export interface StdioRelayOptions {
  readonly start: (listener: UpstreamListener) => Upstream;
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** Marks the event ids of this session; undefined: its streams can not be resumed. */
  readonly tag: string | undefined;
  /** Called once, when the session is over. */
  readonly ended: () => void;
}

/**
 * One session's traffic with its server, as the bytes that came (the transports up to 2025-11-25 on one side, stdio on
 * the other). Each message leaves on exactly one stream: an answer on the response of its request, progress on that of
 * its token, what may be about a call on the newest open one, everything else on the session's own, else it waits.
 */
export class StdioRelay {
  readonly #options: StdioRelayOptions;
  readonly #upstream: Upstream;
  readonly #pending = new PendingRequests();
  readonly #streams: ClientStreams;
  readonly #questions: Questions;
  readonly #warned = new Set<string>();
  #over = false;

  constructor(options: StdioRelayOptions) {
    this.#options = options;
    const { limits, clock, tag } = options;
    this.#questions = new Questions(limits.questionsPerSession);
    this.#streams = new ClientStreams({ limits, clock, tag, pause: () => this.#upstream.pause(), resume: () => this.#upstream.resume() });
    this.#upstream = options.start({
      line: (line) => this.#onLine(line),
      interrupted: (end) => this.#onInterrupted(end),
      ended: (end) => this.#onEnded(end),
    });
  }

  /** Whether someone waits for something: such a session is not idle. */
  get busy(): boolean {
    return this.#pending.size > 0 || this.#streams.listener !== undefined;
  }

  get requestsUnderWay(): number {
    return this.#pending.size;
  }

  /** As the server chose it; undefined until it has. */
  get revision(): SessionRevision | undefined {
    return this.#streams.revision;
  }

  /** Whose token the session's own stream was opened with, while it is open. */
  get listener(): Caller | undefined {
    return this.#streams.listener;
  }

  get keptEvents(): number {
    return this.#streams.keptEvents;
  }

  /** Takes a request; its answer, and what the server says about it, leave through `outlet`, else on the session's own stream. */
  request(envelope: Request, bytes: Buffer, outlet: Outlet | undefined, acceptance: Acceptance): Untaken | undefined {
    const untaken = this.#roomFor([envelope]);
    if (untaken !== undefined) return untaken;
    const pending = this.#take(envelope, outlet, acceptance);
    if (!this.#upstream.send(toOneLine(bytes), envelope)) {
      this.#pending.remove(pending);
      return "not_reading";
    }
    if (outlet !== undefined) this.#attach(outlet, [pending], acceptance);
    return undefined;
  }

  /** Takes the messages of a batch (2025-03-26), whole or not at all; without a request among them there is no answer. */
  batch(messages: readonly Posted[], outlet: Outlet, acceptance: Acceptance): Untaken | undefined {
    const requests = messages.flatMap(({ envelope }) => (envelope.kind === "request" ? [envelope] : []));
    const untaken = this.#roomFor(requests);
    if (untaken !== undefined) return untaken;
    outlet.expect(requests.length, true);
    const pending = requests.map((envelope) => this.#take(envelope, outlet, acceptance));
    if (pending.length > 0) this.#attach(outlet, pending, acceptance);
    for (const { envelope, bytes } of messages) {
      const refused = envelope.kind === "request" ? !this.#upstream.send(toOneLine(bytes), envelope) : this.post(envelope, bytes) !== undefined;
      const one = refused && envelope.kind === "request" ? this.#pending.get(envelope.id) : undefined;
      if (one !== undefined) this.#answer(one, errorMessage(one.id, relayErrors.notReading));
    }
    return undefined;
  }

  /** Takes a notification or a response of the client. */
  post(envelope: Exclude<Envelope, Request>, bytes: Buffer): Untaken | undefined {
    // An answer to nothing that was asked is of no use to the server, and may be meant for one that is gone.
    if (envelope.kind === "response" && !this.#questions.answer(envelope.id)) return undefined;
    if (!this.#upstream.send(toOneLine(bytes), envelope)) return "not_reading";
    if (envelope.kind === "notification" && envelope.method === "notifications/cancelled") this.#cancelled(envelope);
    return undefined;
  }

  /** Takes the session's own stream. */
  listen(outlet: Outlet): void {
    this.#streams.listen(outlet);
  }

  /** Takes up a stream that its client lost after this event. */
  resume(outlet: Outlet, lastEventId: string): NotResumed | undefined {
    const place = this.#streams.placeOf(lastEventId);
    if (place === undefined) return "foreign";
    if (this.#streams.isOwn(place)) {
      this.#streams.listen(outlet, place);
      return undefined;
    }
    const waiting = this.#pending.ofStream(place.stream);
    const former = waiting[0]?.outlet;
    outlet.expect(waiting.length);
    for (const pending of waiting) pending.outlet = outlet;
    this.#streams.resume(outlet, place, former?.track, () => undefined);
    // What is left of the old connection would only be the same again.
    former?.end();
    return undefined;
  }

  /** Cuts every response that was asked for by a caller that may not hear any more. */
  cut(mayNot: (caller: Caller) => boolean): void {
    this.#streams.cutListening(mayNot);
    for (const { outlet } of this.#pending.all()) if (outlet !== undefined && mayNot(outlet.caller)) outlet.cut();
  }

  /** Ends the session's own stream: the client may come back with a token that is still good. */
  endListening(): void {
    this.#streams.endListening();
  }

  keepAlive(): void {
    this.#streams.keepAlive();
    for (const { outlet } of this.#pending.all()) outlet?.keepAlive();
  }

  /** Gives up on clients that take nothing and on requests without an answer. */
  sweep(now: number): void {
    this.#streams.sweep(now);
    this.#upstream.sweep(now, this.#pending.size > 0 || this.#questions.size > 0);
    for (const pending of this.#pending.all()) {
      if (Math.min(pending.deadlineAt, pending.latestAt) > now) continue;
      this.#answer(pending, errorMessage(pending.id, relayErrors.timedOut));
      if (pending.method === "initialize") void this.end();
      else this.#tellCancelled(pending.id);
    }
  }

  /** Ends the session and everything that waits for it. */
  end(): Promise<void> {
    return this.#upstream.end();
  }

  #roomFor(requests: readonly Request[]): Untaken | undefined {
    if (requests.some(({ id }) => this.#pending.get(id) !== undefined)) return "duplicate_id";
    if (new Set(requests.map(({ id }) => JSON.stringify(id))).size !== requests.length) return "duplicate_id";
    return this.#pending.size + requests.length > this.#options.limits.requestsPerSession ? "too_many" : undefined;
  }

  #take({ id, method, progressToken }: Request, outlet: Outlet | undefined, { eventStream }: Acceptance): PendingRequest {
    const { limits, clock } = this.#options;
    const now = clock.now();
    const deadlineAt = now + (method === "initialize" ? limits.initializeMs : limits.requestMs);
    const timer = eventStream && outlet !== undefined ? setTimeout(() => outlet.openStream(), limits.streamAfterMs) : undefined;
    const pending: PendingRequest = { id, method, progressToken, outlet, streamable: eventStream, deadlineAt, latestAt: now + limits.requestMaxMs, timer };
    this.#pending.add(pending);
    return pending;
  }

  #attach(outlet: Outlet, pending: readonly PendingRequest[], { json, eventStream }: Acceptance): void {
    this.#streams.add(outlet, () => {
      for (const one of pending) this.#clientGone(one);
    });
    if (!json) outlet.openStream();
    if (eventStream && this.#streams.listening === undefined) this.#streams.flush(outlet);
  }

  #onLine(line: Buffer): void {
    const read = readEnvelope(toOneLine(line));
    if (!read.ok) {
      this.#onNoMessage(line, read.error);
      return;
    }
    const envelope = read.value;
    if (envelope.kind === "response") this.#onResponse(envelope.id, envelope.failed, line);
    else if (envelope.kind === "notification" && envelope.method === "notifications/progress") this.#onProgress(envelope, line);
    else this.#toClient(envelope, line);
  }

  #onNoMessage(line: Buffer, fault: EnvelopeFault): void {
    this.#warnOnce("a child wrote a line to stdout that is no message", { bytes: line.length, reason: fault.reason });
    const pending = fault.reason === "invalid" && fault.id !== undefined ? this.#pending.get(fault.id) : undefined;
    if (pending !== undefined) this.#answer(pending, errorMessage(pending.id, relayErrors.badAnswer));
  }

  #onResponse(id: JsonRpcId, failed: boolean, line: Buffer): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    if (pending.method !== "initialize") {
      this.#answer(pending, line);
      return;
    }
    const chosen = failed ? undefined : protocolVersionIn(line);
    if (chosen !== undefined && isSessionRevision(chosen)) this.#streams.revision = chosen;
    this.#answer(pending, failed ? line : withCodeChallengeMethods(line));
    if (failed) void this.end();
  }

  #onProgress({ progressToken }: Notification, line: Buffer): void {
    const pending = progressToken === undefined ? undefined : this.#pending.ofToken(progressToken);
    if (pending === undefined) return;
    pending.deadlineAt = this.#options.clock.now() + this.#options.limits.requestMs;
    if (!pending.streamable) return;
    const outlet = pending.outlet ?? this.#streams.listening;
    if (outlet !== undefined) this.#streams.send(outlet, line);
  }

  #toClient(envelope: Request | Notification, line: Buffer): void {
    if (envelope.kind === "request" && !this.#questions.ask(envelope.id)) {
      this.#refuse(envelope);
      return;
    }
    const outlet = this.#outletFor(envelope.method);
    if (outlet !== undefined) this.#streams.send(outlet, line);
    else if (!this.#streams.wait(line)) this.#refuse(envelope);
  }

  #outletFor(method: string): Outlet | undefined {
    const { listening } = this.#streams;
    const answering = this.#pending.newestStreamable()?.outlet;
    return isAboutARequest(method) ? (answering ?? listening) : (listening ?? answering);
  }

  /** Nobody listens and nothing more is kept: a server that asked must not wait for ever. */
  #refuse(envelope: Request | Notification): void {
    this.#warnOnce("a message of a server was dropped: its client has no open stream", { method: envelope.method });
    if (envelope.kind !== "request") return;
    this.#questions.answer(envelope.id);
    this.#upstream.send(errorMessage(envelope.id, relayErrors.nobodyListens), { kind: "response", id: envelope.id, failed: true });
  }

  #answer(pending: PendingRequest, message: Buffer): void {
    this.#pending.remove(pending);
    const outlet = pending.outlet ?? this.#streams.listening;
    if (outlet === undefined) return;
    if (pending.outlet === undefined) this.#streams.send(outlet, message);
    else this.#streams.finish(outlet, message, () => errorMessage(pending.id, relayErrors.tooLargeToKeep));
  }

  /** The server answers no cancelled request (MCP, cancellation), so its response is ended here. */
  #cancelled({ cancels }: Notification): void {
    const pending = cancels === undefined ? undefined : this.#pending.get(cancels);
    if (pending === undefined || pending.method === "initialize") return;
    if (pending.streamable) {
      this.#pending.remove(pending);
      pending.outlet?.forgo();
    } else this.#answer(pending, errorMessage(pending.id, relayErrors.cancelledByClient));
  }

  #tellCancelled(id: JsonRpcId): void {
    const { bytes, envelope } = cancelledMessage(id, "The client waits no longer.");
    this.#upstream.send(bytes, envelope);
  }

  /** A client that goes away has not cancelled: the child works on. Only a session that nobody knows of ends. */
  #clientGone(pending: PendingRequest): void {
    clearTimeout(pending.timer);
    if (pending.method === "initialize" && this.#pending.has(pending)) void this.end();
  }

  /** Once a session and sentence: a child that floods us must not flood the log. */
  #warnOnce(sentence: string, fields: Readonly<Record<string, string | number>>): void {
    if (this.#warned.has(sentence)) return;
    this.#warned.add(sentence);
    this.#options.log.warn(fields, sentence);
  }

  #failAll(error: JsonRpcError): void {
    for (const pending of this.#pending.all()) this.#answer(pending, errorMessage(pending.id, error));
  }

  #onInterrupted(end: UpstreamEnd): void {
    if (this.#over) return;
    this.#failAll(errorOfEnd(end));
    // Who asked is gone: an answer would reach a process that never asked.
    for (const id of this.#questions.takeAll()) {
      const { bytes, envelope } = cancelledMessage(id, "The MCP server ended.");
      if (envelope.kind === "notification") this.#toClient(envelope, bytes);
    }
  }

  #onEnded(end: UpstreamEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#failAll(errorOfEnd(end));
    this.#streams.endListening();
    this.#options.ended();
  }
}
