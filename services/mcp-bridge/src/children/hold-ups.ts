import type { Clock } from "@mcp-auth-proxy/contracts";
import { Patience } from "./patience.ts";
import type { Seat } from "./seat.ts";

export interface HoldUpsOptions {
  /** How long a person's sessions may hold up the others, in all. */
  readonly stallMs: number;
  readonly clock: Clock;
  /** Whether everybody at it is one person, whose sessions then count each for itself. */
  readonly onePerson: boolean;
  /** Whether anybody else is worse off while this session holds up the process. */
  readonly harms: (seat: Seat) => boolean;
  /** Stop and go on reading what the process says. */
  readonly pause: () => void;
  readonly resume: () => void;
}

/** Sessions that the patience is with together: who is cut must not have it anew by coming back. */
interface Party {
  readonly patience: Patience;
  readonly seats: Set<Seat>;
}

/** The sessions whose clients do not keep up, for which their process has to wait, and how long that is borne with. */
export class HoldUps {
  readonly #options: HoldUpsOptions;
  readonly #full = new Set<Seat>();
  readonly #parties = new Map<Seat | string, Party>();

  constructor(options: HoldUpsOptions) {
    this.#options = options;
  }

  join(seat: Seat): void {
    const { stallMs, clock } = this.#options;
    const key = this.#keyOf(seat);
    const party = this.#parties.get(key) ?? { patience: new Patience(stallMs, clock.now()), seats: new Set() };
    party.seats.add(seat);
    this.#parties.set(key, party);
  }

  full(seat: Seat, isFull: boolean): void {
    if (isFull === this.#full.has(seat)) return;
    const { clock, pause, resume } = this.#options;
    if (isFull) this.#full.add(seat);
    else this.#full.delete(seat);
    const party = this.#parties.get(this.#keyOf(seat));
    if (party !== undefined) this.#note(party, clock.now());
    if (isFull && this.#full.size === 1) pause();
    else if (this.#full.size === 0) resume();
  }

  leave(seat: Seat): void {
    this.full(seat, false);
    this.#parties.get(this.#keyOf(seat))?.seats.delete(seat);
  }

  /** Those that have held up the others for too long. */
  sweep(now: number): readonly Seat[] {
    for (const [key, party] of this.#parties) {
      this.#note(party, now);
      if (party.seats.size === 0 && party.patience.whole) this.#parties.delete(key);
    }
    return [...this.#full].filter((seat) => this.#parties.get(this.#keyOf(seat))?.patience.over === true);
  }

  #keyOf(seat: Seat): Seat | string {
    return this.#options.onePerson ? seat : seat.person;
  }

  #note({ patience, seats }: Party, now: number): void {
    patience.note(now, [...seats].some((seat) => this.#full.has(seat) && this.#options.harms(seat)));
  }
}
