import type { EventPlace } from "../wire/event-id.ts";

export interface EventRingLimits {
  readonly events: number;
  readonly bytes: number;
  /** How long an event is kept. */
  readonly keepMs: number;
}

export interface KeptEvent extends EventPlace {
  readonly message: Buffer;
}

interface Entry extends KeptEvent {
  readonly until: number;
}

/** The last events of all streams of one session, within bounds: what a client that lost a connection asks for again. */
export class EventRing {
  readonly #limits: EventRingLimits;
  #entries: Entry[] = [];
  /** The oldest that still counts: taking from the front of an array moves all others, so it is done in bulk. */
  #head = 0;
  #bytes = 0;

  constructor(limits: EventRingLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.length - this.#head;
  }

  /** Whether a message can be kept at all. */
  fits(message: Buffer): boolean {
    return message.length <= this.#limits.bytes;
  }

  /** Keeps a copy; the oldest make room. What does not fit is not kept. */
  add({ stream, event }: EventPlace, message: Buffer, now: number): void {
    if (!this.fits(message)) return;
    // A copy: the line is a window on a larger buffer that it would hold in memory.
    this.#entries.push({ stream, event, message: Buffer.from(message), until: now + this.#limits.keepMs });
    this.#bytes += message.length;
    while (this.size > this.#limits.events || this.#bytes > this.#limits.bytes) this.#drop();
    this.#compact();
  }

  /** Those of the same stream only (MCP 2025-11-25, "Resumability and Redelivery"), oldest first. */
  after({ stream, event }: EventPlace): readonly KeptEvent[] {
    return this.#entries.slice(this.#head).filter((entry) => entry.stream === stream && entry.event > event);
  }

  sweep(now: number): void {
    while (this.size > 0 && (this.#entries[this.#head]?.until ?? 0) <= now) this.#drop();
    this.#compact();
  }

  #drop(): void {
    this.#bytes -= this.#entries[this.#head]?.message.length ?? 0;
    this.#head += 1;
  }

  #compact(): void {
    if (this.#head === 0 || this.#head < this.#entries.length / 2) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }
}
