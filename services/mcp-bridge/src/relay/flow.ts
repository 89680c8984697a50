import type { Outlet } from "./outlet.ts";

/** A response of whichever era that knows how much of it its client has not taken. */
interface Unsent {
  readonly unsentBytes: number;
}

/** What a client must take per second for its connection to count as alive. */
const slowestBytesPerSecond = 16 * 1024;

/**
 * Backpressure of one session: while any of its clients' responses is full, its child's output is not read. The
 * pipe fills, the child waits, and neither our memory nor another session notices.
 */
export class Flow<Client extends Unsent = Outlet> {
  readonly #full = new Map<Client, number>();
  readonly #stallMs: number;
  readonly #pause: () => void;
  readonly #resume: () => void;

  constructor(stallMs: number, pause: () => void, resume: () => void) {
    this.#stallMs = stallMs;
    this.#pause = pause;
    this.#resume = resume;
  }

  full(outlet: Client, now: number): void {
    if (this.#full.has(outlet)) return;
    this.#full.set(outlet, now + this.#stallMs + (outlet.unsentBytes / slowestBytesPerSecond) * 1000);
    if (this.#full.size === 1) this.#pause();
  }

  free(outlet: Client): void {
    if (this.#full.delete(outlet) && this.#full.size === 0) this.#resume();
  }

  /** Those that did not take what was sent in time: a dead connection must not hold a session for ever. */
  stalled(now: number): readonly Client[] {
    return [...this.#full].filter(([, until]) => until <= now).map(([outlet]) => outlet);
  }
}
