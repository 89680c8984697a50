import type { Upstream, UpstreamEnd, UpstreamListener } from "../relay/upstream.ts";
import type { Envelope } from "../wire/envelope.ts";

/** What a seat needs of the process that it is one of several at. */
export interface Table {
  take(seat: Seat, line: Buffer, envelope: Envelope): boolean;
  leave(seat: Seat): void;
  /** A seat holds more, or no more, than it should: the process is to say nothing for a moment. */
  full(seat: Seat, isFull: boolean): void;
}

export interface SeatOptions {
  /** Whose session it is: a person with a client. */
  readonly person: string;
  readonly table: Table;
  readonly listener: UpstreamListener;
  /** What may wait for a client that does not keep up, in bytes, before the process is held up. */
  readonly heldBytes: number;
}

/** One session's place at a process that several share: it looks like a process of its own. */
export class Seat implements Upstream {
  readonly #options: SeatOptions;
  #paused = false;
  #over = false;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** What its client can be asked, as it said itself. */
  capabilities: ReadonlySet<string> = new Set();
  /** The least severe log message it wants to see; undefined: it never said. */
  level: string | undefined;

  constructor(options: SeatOptions) {
    this.#options = options;
  }

  get person(): string {
    return this.#options.person;
  }

  send(line: Buffer, envelope: Envelope): boolean {
    return !this.#over && this.#options.table.take(this, line, envelope);
  }

  /** Hands a message of the server to the session. */
  tell(message: Buffer): void {
    if (this.#over) return;
    if (!this.#paused && this.#held.length === 0) {
      this.#options.listener.line(message);
      return;
    }
    this.#held.push(Buffer.from(message));
    this.#heldBytes += message.length;
    if (this.#heldBytes > this.#options.heldBytes) this.#options.table.full(this, true);
  }

  interrupted(end: UpstreamEnd): void {
    if (!this.#over) this.#options.listener.interrupted(end);
  }

  /** The session is over, whoever wanted that. */
  finish(end: UpstreamEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#held = [];
    this.#options.table.leave(this);
    this.#options.listener.ended(end);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#over) return;
    const held = this.#held;
    let at = 0;
    // Its client may be full again on the way: what is left then waits on.
    for (; !this.#paused && !this.#over && at < held.length; at += 1) {
      const message = held[at];
      if (message === undefined) break;
      this.#heldBytes -= message.length;
      this.#options.listener.line(message);
    }
    this.#held = held.slice(at);
    // Whoever takes something has time again.
    this.#options.table.full(this, false);
    if (this.#heldBytes > this.#options.heldBytes) this.#options.table.full(this, true);
  }

  /** What is due at the process is done for all of its seats together. */
  sweep(): void {}

  async end(): Promise<void> {
    this.finish({ kind: "told-to" });
  }
}
