import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { BridgeLimits } from "../limits.ts";
import type { Notification, Request } from "../relay/posted.ts";
import { relayErrors } from "../relay/relay-errors.ts";
import type { Upstream, UpstreamEnd, UpstreamListener } from "../relay/upstream.ts";
import { cancelledMessage } from "../wire/cancelled.ts";
import { type Envelope, readEnvelope } from "../wire/envelope.ts";
import { errorMessage, idKey, type JsonRpcId, resultMessage } from "../wire/json-rpc.ts";
import { memberOf } from "../wire/members.ts";
import { toOneLine } from "../wire/one-line.ts";
import { placesIn, splice } from "../wire/places.ts";
import { EarlyMessages } from "./early-messages.ts";
import { Hearers } from "./hearers.ts";
import { HoldUps } from "./hold-ups.ts";
import { initializedMessage, introduction, introductionId } from "./introduction.ts";
import { Seat, type Table } from "./seat.ts";
import { SeatQuestions } from "./seat-questions.ts";
import { SeatSettings } from "./seat-settings.ts";
import { SeatedRequests } from "./seated-requests.ts";

export interface SharedChildOptions {
  readonly start: (listener: UpstreamListener) => Upstream;
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** The revision that the process is asked for. */
  readonly version: string;
  /** Whether everybody at it is the same person with the same client, who may see what is for one of his sessions. */
  readonly onePerson: boolean;
  /** Called once, when the process is gone for good. */
  readonly ended: () => void;
}

/**
 * A process for several sessions. The gateway itself introduces itself to it; ids and progress tokens are replaced, so
 * that no session can name what is another's. What the server says goes to the session that caused it as far as that
 * can be known; what it asks without that being known is refused.
 */
export class SharedChild implements Table {
  readonly #options: SharedChildOptions;
  readonly #upstream: Upstream;
  readonly #seats = new Set<Seat>();
  readonly #requests = new SeatedRequests();
  readonly #settings: SeatSettings;
  readonly #hearers: Hearers;
  readonly #holdUps: HoldUps;
  readonly #questions: SeatQuestions;
  /** Until the server has introduced itself. */
  #early: EarlyMessages | undefined;
  readonly #startedAt: number;
  #introduced: Buffer | undefined;
  #over = false;

  constructor(options: SharedChildOptions) {
    this.#options = options;
    const { limits, clock } = options;
    this.#settings = new SeatSettings({ subscriptions: limits.subscriptionsPerSession, bytes: limits.subscriptionBytes });
    this.#hearers = new Hearers({ seats: this.#seats, requests: this.#requests, settings: this.#settings, onePerson: options.onePerson, log: options.log });
    this.#holdUps = new HoldUps({
      stallMs: limits.seatStallMs,
      clock,
      onePerson: options.onePerson,
      harms: (seat) => this.#needsProcessBeside(seat),
      pause: () => this.#upstream.pause(),
      resume: () => this.#upstream.resume(),
    });
    this.#questions = new SeatQuestions(limits.questionsPerSession);
    this.#early = new EarlyMessages({ messages: limits.requestsPerSession, bytes: limits.stdinBytes });
    this.#upstream = options.start({
      line: (line) => this.#onLine(line),
      interrupted: (end) => this.#onInterrupted(end),
      ended: (end) => this.#onEnded(end),
    });
    this.#startedAt = clock.now();
    const { bytes, envelope } = introduction(options.version);
    this.#upstream.send(bytes, envelope);
  }

  /** Whether anybody needs it. */
  get used(): boolean {
    return this.#seats.size > 0;
  }

  /** `person`: whose session it is. */
  seat(person: string, listener: UpstreamListener): Seat {
    const seat = new Seat({ table: this, person, listener, heldBytes: this.#options.limits.seatBytes });
    this.#seats.add(seat);
    this.#holdUps.join(seat);
    return seat;
  }

  full(seat: Seat, isFull: boolean): void {
    this.#holdUps.full(seat, isFull);
  }

  /** Ends the sessions that hold up the others. */
  sweep(now: number): void {
    for (const seat of this.#holdUps.sweep(now)) seat.finish({ kind: "stalled" });
    const { initializeMs } = this.#options.limits;
    // One that never introduces itself would be everybody's for good: each new session would wait for it again.
    if (this.#early !== undefined && this.#startedAt + initializeMs <= now) void this.end();
    this.#upstream.sweep(now, this.#requests.size > 0 || this.#questions.size > 0);
  }

  end(): Promise<void> {
    return this.#upstream.end();
  }

  leave(seat: Seat): void {
    this.#seats.delete(seat);
    this.#holdUps.leave(seat);
    for (const id of this.#requests.of(seat)) {
      this.#requests.remove(id);
      this.#send(cancelledMessage(id, "The client is gone."));
    }
    for (const id of this.#questions.takeOf(seat)) this.#refuse(id);
    this.#settings.forget(seat);
  }

  take(seat: Seat, line: Buffer, envelope: Envelope): boolean {
    if (this.#early !== undefined) return this.#early.add({ seat, line, envelope });
    switch (envelope.kind) {
      case "request":
        return this.#takeRequest(seat, line, envelope);
      case "notification":
        return this.#takeNotification(seat, line, envelope);
      case "response":
        return !this.#questions.answer(seat, envelope.id) || this.#upstream.send(line, envelope);
      default: {
        const never: never = envelope;
        return never;
      }
    }
  }

  #takeRequest(seat: Seat, line: Buffer, envelope: Request): boolean {
    const places = placesIn(line);
    if (places.ambiguous) {
      // A server that reads it in the other way would take another session's name for its own.
      queueMicrotask(() => seat.tell(errorMessage(envelope.id, relayErrors.ambiguous)));
      return true;
    }
    const own = places.id === undefined ? Buffer.from(idKey(envelope.id)) : Buffer.from(line.subarray(places.id.start, places.id.end));
    const settled = this.#settings.settle(seat, line, envelope, this.#introduced);
    if (settled !== undefined) {
      const outcome = "result" in settled ? [Buffer.from(',"result":'), settled.result] : [Buffer.from(`,"error":${JSON.stringify(settled.error)}`)];
      // Not before the caller has noted that it waits.
      queueMicrotask(() => seat.tell(Buffer.concat([Buffer.from('{"jsonrpc":"2.0","id":'), own, ...outcome, Buffer.from("}")])));
      return true;
    }
    const { askedToken } = places;
    const progressToken = askedToken === undefined ? undefined : Buffer.from(line.subarray(askedToken.start, askedToken.end));
    this.#hearers.worksFor(seat);
    const id = this.#requests.add({ seat, id: own, progressToken });
    const number = Buffer.from(String(id));
    const bytes = splice(line, [{ at: places.id, by: number }, { at: askedToken, by: number }]);
    if (this.#upstream.send(bytes, { ...envelope, id, progressToken: progressToken === undefined ? undefined : id })) return true;
    this.#requests.remove(id);
    return false;
  }

  #takeNotification(seat: Seat, line: Buffer, envelope: Notification): boolean {
    if (envelope.method === "notifications/cancelled") {
      const { requestId, ambiguous } = placesIn(line);
      const id = requestId === undefined || ambiguous ? undefined : this.#requests.find(seat, line.subarray(requestId.start, requestId.end));
      if (id === undefined) return true;
      this.#requests.remove(id);
      return this.#upstream.send(splice(line, [{ at: requestId, by: Buffer.from(String(id)) }]), { ...envelope, cancels: id });
    }
    // What one session says about itself would be taken for all of them.
    return this.#options.onePerson && envelope.method !== "notifications/initialized" ? this.#upstream.send(line, envelope) : true;
  }

  #onLine(line: Buffer): void {
    const read = readEnvelope(toOneLine(line));
    if (!read.ok) return;
    const envelope = read.value;
    if (envelope.kind === "response") this.#onResponse(envelope, line);
    else if (envelope.kind === "request") this.#onQuestion(envelope, line);
    else this.#onNotification(envelope, line);
  }

  #onResponse({ id, failed }: Extract<Envelope, { kind: "response" }>, line: Buffer): void {
    if (id === introductionId) {
      // Once: another answer to it must not end, or change, what everybody at it has agreed on.
      if (this.#early !== undefined) this.#onIntroduced(failed ? undefined : memberOf(line, "result"));
      return;
    }
    const request = this.#requests.get(id);
    if (request === undefined || typeof id !== "number") return;
    this.#requests.remove(id);
    request.seat.tell(splice(line, [{ at: placesIn(line).id, by: request.id }]));
  }

  #onIntroduced(result: Buffer | undefined): void {
    const early = this.#early?.takeAll() ?? [];
    this.#early = undefined;
    if (result === undefined) {
      void this.end();
      return;
    }
    this.#introduced = result;
    this.#send(initializedMessage);
    for (const { seat, line, envelope } of early) if (this.#seats.has(seat)) this.take(seat, line, envelope);
  }

  #onQuestion(envelope: Request, line: Buffer): void {
    const { id, method } = envelope;
    if (method === "ping") {
      this.#upstream.send(resultMessage(id, {}), { kind: "response", id, failed: false });
      return;
    }
    const seat = this.#hearers.causeOf(method);
    const [kind = ""] = method.split("/");
    if (seat?.capabilities.has(kind) === true && this.#questions.ask(seat, id)) seat.tell(line);
    else this.#refuse(id);
  }

  #onNotification(envelope: Notification, line: Buffer): void {
    if (envelope.method === "notifications/progress") {
      const request = this.#requests.get(envelope.progressToken);
      if (request?.progressToken !== undefined) request.seat.tell(splice(line, [{ at: placesIn(line).progressToken, by: request.progressToken }]));
    } else if (envelope.method === "notifications/cancelled") {
      if (envelope.cancels !== undefined) this.#questions.seatOf(envelope.cancels)?.tell(line);
    } else for (const seat of this.#hearers.ofNotification(envelope.method, line)) seat.tell(line);
  }

  /** Whether somebody else needs the process; one person's other sessions do while they wait for an answer. */
  #needsProcessBeside(seat: Seat): boolean {
    const waiting = this.#requests.seats;
    return waiting.size > (waiting.has(seat) ? 1 : 0) || [...this.#seats].some(({ person }) => person !== seat.person);
  }

  #refuse(id: JsonRpcId): void {
    this.#upstream.send(errorMessage(id, relayErrors.nobodyListens), { kind: "response", id, failed: true });
  }

  #send({ bytes, envelope }: { readonly bytes: Buffer; readonly envelope: Envelope }): void {
    if (!this.#over) this.#upstream.send(bytes, envelope);
  }

  #onInterrupted(end: UpstreamEnd): void {
    this.#requests.clear();
    this.#questions.clear();
    for (const seat of this.#seats) seat.interrupted(end);
  }

  #onEnded(end: UpstreamEnd): void {
    this.#over = true;
    this.#requests.clear();
    this.#questions.clear();
    for (const seat of this.#seats) seat.finish(end);
    this.#options.ended();
  }
}
