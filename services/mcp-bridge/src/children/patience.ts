/** So much of the time in which a session does not hold up the others is given back to it. */
const givenBack = 0.1;

/**
 * How long one session may still hold up the others at its process. It is used up by holding them up, however often the
 * session takes a little in between, and comes back ten times slower.
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

  /** Says whether the session holds up others from now on. */
  note(now: number, holdsUp: boolean): void {
    const passedMs = Math.max(0, now - this.#at);
    this.#leftMs = this.#spending ? this.#leftMs - passedMs : Math.min(this.#mostMs, this.#leftMs + passedMs * givenBack);
    this.#at = now;
    this.#spending = holdsUp;
  }

  get over(): boolean {
    return this.#leftMs <= 0;
  }
}
