import type { Clock } from "@mcp-auth-proxy/contracts";
import { Patience } from "./patience.ts";
import type { Seat } from "./seat.ts";

export interface HoldUpsOptions {
  /** How long a session may hold up the others, in all. */
  readonly stallMs: number;
  readonly clock: Clock;
  /** Whether anybody else is worse off while this session holds up the process. */
  readonly harms: (seat: Seat) => boolean;
  /** Stop and go on reading what the process says. */
  readonly pause: () => void;
  readonly resume: () => void;
}

/** The sessions whose clients do not keep up, for which their process has to wait, and how long that is borne with. */
export class HoldUps {
  readonly #options: HoldUpsOptions;
  readonly #full = new Set<Seat>();
  readonly #patience = new Map<Seat, Patience>();

  constructor(options: HoldUpsOptions) {
    this.#options = options;
  }

  join(seat: Seat): void {
    const { stallMs, clock } = this.#options;
    this.#patience.set(seat, new Patience(stallMs, clock.now()));
  }

  full(seat: Seat, isFull: boolean): void {
    if (isFull === this.#full.has(seat)) return;
    const { clock, pause, resume } = this.#options;
    if (isFull) this.#full.add(seat);
    else this.#full.delete(seat);
    this.#note(seat, clock.now());
    if (isFull && this.#full.size === 1) pause();
    else if (this.#full.size === 0) resume();
  }

  leave(seat: Seat): void {
    this.full(seat, false);
    this.#patience.delete(seat);
  }

  /** Those that have held up the others for too long. */
  sweep(now: number): readonly Seat[] {
    for (const seat of this.#full) this.#note(seat, now);
    return [...this.#full].filter((seat) => this.#patience.get(seat)?.over === true);
  }

  #note(seat: Seat, now: number): void {
    this.#patience.get(seat)?.note(now, this.#full.has(seat) && this.#options.harms(seat));
  }
}
