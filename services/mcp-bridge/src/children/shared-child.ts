import type { Clock } from "@mcp-auth-proxy/contracts";
import type { BridgeLimits } from "../limits.ts";
import { relayErrors } from "../relay/relay-errors.ts";
import { isAboutARequest } from "../relay/routing.ts";
import type { Upstream, UpstreamEnd, UpstreamListener } from "../relay/upstream.ts";
import { cancelledMessage } from "../wire/cancelled.ts";
import { type Envelope, readEnvelope } from "../wire/envelope.ts";
import { errorMessage, type IdKey, idKey, type JsonRpcId, resultMessage } from "../wire/json-rpc.ts";
import { memberOf } from "../wire/members.ts";
import { toOneLine } from "../wire/one-line.ts";
import { placesIn, splice } from "../wire/places.ts";
import { introduction, introductionId, isSevereEnough } from "./introduction.ts";
import { Seat, type Table } from "./seat.ts";
import { SeatedRequests } from "./seated-requests.ts";
import { Subscriptions } from "./subscriptions.ts";

export interface SharedChildOptions {
  readonly start: (listener: UpstreamListener) => Upstream;
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  /** The revision that the process is asked for. */
  readonly version: string;
  /** Whether everybody at it is the same person with the same client, who may see what is for one of his sessions. */
  readonly onePerson: boolean;
  /** Called once, when the process is gone for good. */
  readonly ended: () => void;
}

type Request = Extract<Envelope, { kind: "request" }>;
type Notification = Extract<Envelope, { kind: "notification" }>;

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
  readonly #subscriptions = new Subscriptions();
  /** Seats whose clients do not keep up, and until when that is borne with. */
  readonly #full = new Map<Seat, number>();
  readonly #asked = new Map<IdKey, { readonly seat: Seat; readonly id: JsonRpcId }>();
  /** What came before the server had introduced itself. */
  #early: { readonly seat: Seat; readonly line: Buffer; readonly envelope: Envelope }[] | undefined = [];
  #earlyBytes = 0;
  readonly #startedAt: number;
  #introduced: Buffer | undefined;
  #level: string | undefined;
  #over = false;

  constructor(options: SharedChildOptions) {
    this.#options = options;
    this.#upstream = options.start({
      line: (line) => this.#onLine(line),
      interrupted: (end) => this.#onInterrupted(end),
      ended: (end) => this.#onEnded(end),
    });
    this.#startedAt = options.clock.now();
    const { bytes, envelope } = introduction(options.version);
    this.#upstream.send(bytes, envelope);
  }

  /** Whether anybody needs it. */
  get used(): boolean {
    return this.#seats.size > 0;
  }

  seat(listener: UpstreamListener): Seat {
    const seat = new Seat({ table: this, listener, heldBytes: this.#options.limits.seatBytes });
    this.#seats.add(seat);
    return seat;
  }

  full(seat: Seat, isFull: boolean): void {
    const before = this.#full.size;
    if (!isFull) this.#full.delete(seat);
    if (isFull && !this.#full.has(seat)) this.#full.set(seat, this.#options.clock.now() + this.#options.limits.seatStallMs);
    if (before === 0 && this.#full.size > 0) this.#upstream.pause();
    else if (before > 0 && this.#full.size === 0) this.#upstream.resume();
  }

  /** Ends the sessions that hold up the others. */
  sweep(now: number): void {
    for (const [seat, until] of this.#full) if (until <= now) seat.finish({ kind: "stalled" });
    const { initializeMs } = this.#options.limits;
    // One that never introduces itself would be everybody's for good: each new session would wait for it again.
    if (this.#early !== undefined && this.#startedAt + initializeMs <= now) void this.end();
    this.#upstream.sweep(now, this.#requests.size > 0 || this.#asked.size > 0);
  }

  end(): Promise<void> {
    return this.#upstream.end();
  }

  leave(seat: Seat): void {
    this.#seats.delete(seat);
    this.full(seat, false);
    for (const id of this.#requests.of(seat)) {
      this.#requests.remove(id);
      this.#send(cancelledMessage(id, "The client is gone."));
    }
    for (const [key, { seat: asked, id }] of this.#asked) {
      if (asked !== seat) continue;
      this.#asked.delete(key);
      this.#refuse(id);
    }
    this.#subscriptions.forget(seat);
  }

  take(seat: Seat, line: Buffer, envelope: Envelope): boolean {
    if (this.#early !== undefined) {
      const { requestsPerSession, stdinBytes } = this.#options.limits;
      if (this.#early.length >= requestsPerSession || this.#earlyBytes + line.length > stdinBytes) return false;
      this.#earlyBytes += line.length;
      this.#early.push({ seat, line: Buffer.from(line), envelope });
      return true;
    }
    switch (envelope.kind) {
      case "request":
        return this.#takeRequest(seat, line, envelope);
      case "notification":
        return this.#takeNotification(seat, line, envelope);
      case "response":
        // Only who was asked may answer: the id alone could be guessed.
        if (this.#asked.get(idKey(envelope.id))?.seat !== seat) return true;
        this.#asked.delete(idKey(envelope.id));
        return this.#upstream.send(line, envelope);
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
    const answer = this.#answerHere(seat, line, envelope);
    if (answer !== undefined) {
      // Not before the caller has noted that it waits.
      queueMicrotask(() => seat.tell(Buffer.concat([Buffer.from('{"jsonrpc":"2.0","id":'), own, Buffer.from(',"result":'), answer, Buffer.from("}")])));
      return true;
    }
    const { askedToken } = places;
    const progressToken = askedToken === undefined ? undefined : Buffer.from(line.subarray(askedToken.start, askedToken.end));
    const id = this.#requests.add({ seat, id: own, progressToken });
    const number = Buffer.from(String(id));
    const bytes = splice(line, [{ at: places.id, by: number }, { at: askedToken, by: number }]);
    if (this.#upstream.send(bytes, { ...envelope, id, progressToken: progressToken === undefined ? undefined : id })) return true;
    this.#requests.remove(id);
    return false;
  }

  /** The result of a request that must not, or need not, reach the process. */
  #answerHere(seat: Seat, line: Buffer, { method }: Request): Buffer | undefined {
    const param = (name: string): Buffer | undefined => memberOf(memberOf(line, "params") ?? nothing, name);
    switch (method) {
      case "initialize":
        seat.capabilities = new Set(Object.keys(recordIn(param("capabilities"))));
        return this.#introduced;
      case "logging/setLevel": {
        const level = param("level")?.toString("utf8") ?? "";
        seat.level = level;
        if (this.#level !== undefined && isSevereEnough(level, this.#level)) return nothing;
        this.#level = level;
        return undefined;
      }
      case "resources/subscribe":
        this.#subscriptions.add(param("uri")?.toString("utf8") ?? "", seat);
        return undefined;
      case "resources/unsubscribe":
        return this.#subscriptions.remove(param("uri")?.toString("utf8") ?? "", seat) ? undefined : nothing;
      default:
        return undefined;
    }
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
    const early = this.#early ?? [];
    this.#early = undefined;
    if (result === undefined) {
      void this.end();
      return;
    }
    this.#introduced = result;
    this.#send({ bytes: initialized, envelope: initializedEnvelope });
    for (const { seat, line, envelope } of early) if (this.#seats.has(seat)) this.take(seat, line, envelope);
  }

  #onQuestion(envelope: Request, line: Buffer): void {
    const { id, method } = envelope;
    if (method === "ping") {
      this.#upstream.send(resultMessage(id, {}), { kind: "response", id, failed: false });
      return;
    }
    const seat = this.#cause;
    const [kind = ""] = method.split("/");
    if (seat === undefined || !seat.capabilities.has(kind) || this.#asked.size >= this.#options.limits.questionsPerSession) this.#refuse(id);
    else {
      this.#asked.set(idKey(id), { seat, id });
      seat.tell(line);
    }
  }

  #onNotification(envelope: Notification, line: Buffer): void {
    if (envelope.method === "notifications/progress") {
      const request = this.#requests.get(envelope.progressToken);
      if (request?.progressToken !== undefined) request.seat.tell(splice(line, [{ at: placesIn(line).progressToken, by: request.progressToken }]));
    } else if (envelope.method === "notifications/cancelled") {
      const asked = envelope.cancels === undefined ? undefined : this.#asked.get(idKey(envelope.cancels));
      asked?.seat.tell(line);
    } else for (const seat of this.#hearers(envelope.method, line)) seat.tell(line);
  }

  #hearers(method: string, line: Buffer): Iterable<Seat> {
    const param = (name: string): string => memberOf(memberOf(line, "params") ?? nothing, name)?.toString("utf8") ?? "";
    if (method === "notifications/resources/updated") return this.#subscriptions.of(param("uri"));
    if (!isAboutARequest(method)) return [...this.#seats];
    const cause = this.#cause;
    const hearers = cause !== undefined ? [cause] : this.#options.onePerson ? [...this.#seats] : [];
    if (method !== "notifications/message") return hearers;
    const level = param("level");
    return hearers.filter((seat) => seat.level === undefined || isSevereEnough(level, seat.level));
  }

  /** Who the server must be speaking about: the only one there is, or the only one that waits for it. */
  get #cause(): Seat | undefined {
    const { seats } = this.#requests;
    const [only, ...others] = seats.size > 0 ? seats : this.#seats;
    return others.length === 0 ? only : undefined;
  }

  #refuse(id: JsonRpcId): void {
    this.#upstream.send(errorMessage(id, relayErrors.nobodyListens), { kind: "response", id, failed: true });
  }

  #send({ bytes, envelope }: { readonly bytes: Buffer; readonly envelope: Envelope }): void {
    if (!this.#over) this.#upstream.send(bytes, envelope);
  }

  #onInterrupted(end: UpstreamEnd): void {
    this.#requests.clear();
    this.#asked.clear();
    for (const seat of this.#seats) seat.interrupted(end);
  }

  #onEnded(end: UpstreamEnd): void {
    this.#over = true;
    this.#requests.clear();
    this.#asked.clear();
    for (const seat of this.#seats) seat.finish(end);
    this.#options.ended();
  }
}

const nothing = Buffer.from("{}");
const initialized = Buffer.from('{"jsonrpc":"2.0","method":"notifications/initialized"}');
const initializedEnvelope: Envelope = { kind: "notification", method: "notifications/initialized", progressToken: undefined, cancels: undefined, statedVersion: undefined };

const recordIn = (json: Buffer | undefined): Readonly<Record<string, unknown>> => {
  const value: unknown = json === undefined ? undefined : JSON.parse(json.toString("utf8"));
  return typeof value === "object" && value !== null ? { ...value } : {};
};
