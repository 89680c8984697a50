/** So much of the time in which nobody is held up is given back. */
const givenBack = 0.1;

/**
 * How long somebody may still hold up the others at a process. It is used up by holding them up, however often a little
 * is taken in between, and comes back ten times slower.
 */
export class Patience {
  readonly #mostMs: number;
  #leftMs: number;
  #at: number;
  #spending = false;

  constructor(mostMs: number, now: number) {
    this.#mostMs = mostMs;
    this.#leftMs = mostMs;
    this.#at = now;
  }

  /** Says whether others are held up from now on. */
  note(now: number, holdsUp: boolean): void {
    const passedMs = Math.max(0, now - this.#at);
    this.#leftMs = this.#spending ? this.#leftMs - passedMs : Math.min(this.#mostMs, this.#leftMs + passedMs * givenBack);
    this.#at = now;
    this.#spending = holdsUp;
  }

  /** Whether nothing of it is used up. */
  get whole(): boolean {
    return this.#leftMs === this.#mostMs;
  }

  get over(): boolean {
    return this.#leftMs <= 0;
  }
}
