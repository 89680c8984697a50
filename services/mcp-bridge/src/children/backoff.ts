export interface BackoffLimits {
  /** The first failure costs nothing: the next attempt is made when it is wanted. After the second, this long, then twice that. */
  readonly firstMs: number;
  readonly mostMs: number;
  /** Whoever held out for this long starts with a clean slate. */
  readonly steadyMs: number;
}

/** When something that keeps failing may be tried again. */
export class Backoff {
  readonly #limits: BackoffLimits;
  #failures = 0;
  #retryAt = Number.NEGATIVE_INFINITY;

  constructor(limits: BackoffLimits) {
    this.#limits = limits;
  }

  ready(now: number): boolean {
    return this.#retryAt <= now;
  }

  /** `aliveMs`: how long it had held out. */
  failed(now: number, aliveMs: number): void {
    const { firstMs, mostMs, steadyMs } = this.#limits;
    this.#failures = aliveMs >= steadyMs ? 1 : this.#failures + 1;
    this.#retryAt = this.#failures === 1 ? now : now + Math.min(mostMs, firstMs * 2 ** (this.#failures - 2));
  }
}
