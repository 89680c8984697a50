import type { Caller } from "@mcp-auth-proxy/access-token";
import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { Acceptance } from "../guard/headers.ts";
import type { BridgeLimits } from "../limits.ts";
import { cancelledMessage } from "../wire/cancelled.ts";
import type { Envelope } from "../wire/envelope.ts";
import type { JsonRpcId } from "../wire/json-rpc.ts";
import { toOneLine } from "../wire/one-line.ts";
import type { SessionRevision } from "../wire/revisions.ts";
import { Answers } from "./answers.ts";
import { ClientStreams } from "./client-streams.ts";
import type { Outlet } from "./outlet.ts";
import type { Posted, Request, Untaken } from "./posted.ts";
import { Questions } from "./questions.ts";
import { errorOfEnd, relayErrors } from "./relay-errors.ts";
import { ServerMessages } from "./server-messages.ts";
import type { Upstream, UpstreamEnd, UpstreamListener } from "./upstream.ts";

export type { Posted, Request, Untaken } from "./posted.ts";

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
 * the other).
 */
export class StdioRelay {
  readonly #upstream: Upstream;
  readonly #answers: Answers;
  readonly #streams: ClientStreams;
  readonly #questions: Questions;
  readonly #messages: ServerMessages;
  readonly #ended: () => void;
  #draining = false;
  #over = false;

  constructor({ start, limits, clock, log, tag, ended }: StdioRelayOptions) {
    this.#ended = ended;
    const questions = new Questions(limits.questionsPerSession);
    const streams = new ClientStreams({ limits, clock, tag, pause: () => this.#upstream.pause(), resume: () => this.#upstream.resume() });
    const answers = new Answers({ limits, clock, streams, over: () => this.#endListeningIfDrained() });
    const messages = new ServerMessages({
      answers,
      streams,
      questions,
      log,
      send: (line, envelope) => this.#upstream.send(line, envelope),
      refused: () => void this.end(),
    });
    [this.#questions, this.#streams, this.#answers, this.#messages] = [questions, streams, answers, messages];
    this.#upstream = start({
      line: (line) => messages.take(line),
      interrupted: (end) => this.#onInterrupted(end),
      ended: (end) => this.#onEnded(end),
    });
  }

  /** Whether someone waits for something: such a session is not idle. */
  get busy(): boolean {
    return this.#answers.size > 0 || this.#streams.listener !== undefined;
  }

  get requestsUnderWay(): number {
    return this.#answers.size;
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
    const untaken = this.#answers.refuses([envelope]);
    if (untaken !== undefined) return untaken;
    const pending = this.#answers.take(envelope, outlet, acceptance);
    if (!this.#upstream.send(toOneLine(bytes), envelope)) {
      this.#answers.forget(pending);
      return "not_reading";
    }
    if (outlet !== undefined) this.#answers.attach(outlet, [pending], acceptance, () => void this.end());
    return undefined;
  }

  /** Takes the messages of a batch (2025-03-26), whole or not at all; without a request among them there is no answer. */
  batch(messages: readonly Posted[], outlet: Outlet, acceptance: Acceptance): Untaken | undefined {
    const requests = messages.flatMap(({ envelope }) => (envelope.kind === "request" ? [envelope] : []));
    const untaken = this.#answers.refuses(requests);
    if (untaken !== undefined) return untaken;
    outlet.expect(requests.length, true);
    const pending = requests.map((envelope) => this.#answers.take(envelope, outlet, acceptance));
    if (pending.length > 0) this.#answers.attach(outlet, pending, acceptance, () => void this.end());
    for (const { envelope, bytes } of messages) {
      const refused = envelope.kind === "request" ? !this.#upstream.send(toOneLine(bytes), envelope) : this.post(envelope, bytes) !== undefined;
      const one = refused && envelope.kind === "request" ? this.#answers.get(envelope.id) : undefined;
      if (one !== undefined) this.#answers.fail(one, relayErrors.notReading);
    }
    return undefined;
  }

  /** Takes a notification or a response of the client. */
  post(envelope: Exclude<Envelope, Request>, bytes: Buffer): Untaken | undefined {
    // An answer to nothing that was asked is of no use to the server, and may be meant for one that is gone.
    if (envelope.kind === "response" && !this.#questions.answer(envelope.id)) return undefined;
    if (!this.#upstream.send(toOneLine(bytes), envelope)) return "not_reading";
    const cancels = envelope.kind === "notification" && envelope.method === "notifications/cancelled" ? envelope.cancels : undefined;
    if (cancels !== undefined) this.#answers.cancelled(cancels);
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
    if (this.#streams.isOwn(place)) this.#streams.listen(outlet, place);
    else this.#answers.resume(outlet, place);
    return undefined;
  }

  /** Cuts every response that was asked for by a caller that may not hear any more. */
  cut(mayNot: (caller: Caller) => boolean): void {
    this.#streams.cutListening(mayNot);
    for (const outlet of this.#answers.outlets()) if (mayNot(outlet.caller)) outlet.cut();
  }

  /** Ends the session's own stream: the client may come back with a token that is still good. */
  endListening(): void {
    this.#streams.endListening();
  }

  /** Ends the session's own stream once no answer is to come on it any more. */
  drain(): void {
    this.#draining = true;
    this.#endListeningIfDrained();
  }

  keepAlive(): void {
    this.#streams.keepAlive();
    for (const outlet of this.#answers.outlets()) outlet.keepAlive();
  }

  /** Gives up on clients that take nothing and on requests without an answer. */
  sweep(now: number): void {
    this.#streams.sweep(now);
    this.#upstream.sweep(now, this.#answers.size > 0 || this.#questions.size > 0);
    for (const pending of this.#answers.overdue(now)) {
      this.#answers.fail(pending, relayErrors.timedOut);
      if (pending.method === "initialize") void this.end();
      else this.#tellCancelled(pending.id);
    }
  }

  /** Ends the session and everything that waits for it. */
  end(): Promise<void> {
    return this.#upstream.end();
  }

  #endListeningIfDrained(): void {
    if (this.#draining && !this.#answers.awaitedOnOwnStream) this.#streams.endListening();
  }

  #tellCancelled(id: JsonRpcId): void {
    const { bytes, envelope } = cancelledMessage(id, "The client waits no longer.");
    this.#upstream.send(bytes, envelope);
  }

  #onInterrupted(end: UpstreamEnd): void {
    if (this.#over) return;
    this.#answers.failAll(errorOfEnd(end));
    this.#messages.takeBackQuestions();
  }

  #onEnded(end: UpstreamEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#answers.failAll(errorOfEnd(end));
    this.#streams.endListening();
    this.#ended();
  }
}
