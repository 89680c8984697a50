import { relayErrors } from "../relay/relay-errors.ts";
import { readEnvelope } from "../wire/envelope.ts";
import { errorMessage, type JsonRpcId } from "../wire/json-rpc.ts";
import { toOneLine } from "../wire/one-line.ts";
import type { Child } from "./child.ts";
import type { Flights } from "./flights.ts";

export interface RetiringChildOptions {
  readonly child: Child;
  readonly flights: Flights;
  /** Hands a message to the session. */
  readonly tell: (line: Buffer) => void;
  /** Whether another process of the session has asked something under this id. */
  readonly isAsked: (id: JsonRpcId) => boolean;
  /** Called once, when nothing more comes of it. */
  readonly done: () => void;
}

/** A process that was replaced: it ends what it has begun, is asked nothing new, and is then no more. */
export class RetiringChild {
  readonly #options: RetiringChildOptions;
  #over = false;

  constructor(options: RetiringChildOptions) {
    this.#options = options;
    this.#endIfIdle();
  }

  /** Takes what a client says about what is under way here; false: it is not. */
  take(line: Buffer): boolean {
    const { child, flights } = this.#options;
    if (this.#over || !flights.concerns(line)) return false;
    flights.sent(line);
    child.send(line);
    this.#endIfIdle();
    return true;
  }

  asks(id: JsonRpcId): boolean {
    return !this.#over && this.#options.flights.asks(id);
  }

  line(line: Buffer): void {
    const { child, flights, tell, isAsked } = this.#options;
    const read = readEnvelope(toOneLine(line));
    if (this.#over || !read.ok) return;
    if (read.value.kind === "request" && isAsked(read.value.id)) {
      child.send(errorMessage(read.value.id, relayErrors.nobodyListens));
      return;
    }
    flights.heard(read.value);
    tell(line);
    this.#endIfIdle();
  }

  /** Whoever still waits for it is told. */
  ended(): void {
    if (this.#over) return;
    this.#over = true;
    const waiting = this.#options.flights.requests;
    this.#options.flights.clear();
    for (const id of waiting) this.#options.tell(errorMessage(id, relayErrors.childEnded));
    this.#options.done();
  }

  pause(): void {
    this.#options.child.pause();
  }

  resume(): void {
    this.#options.child.resume();
  }

  async end(): Promise<void> {
    this.#over = true;
    this.#options.done();
    await this.#options.child.end();
  }

  #endIfIdle(): void {
    if (!this.#over && this.#options.flights.idle) void this.end();
  }
}
