import type { Clock } from "@mcp-auth-proxy/contracts";
import { Keyring } from "@mcp-auth-proxy/crypto";

/** Reading it again is reading a file: not for every text that nobody can open. */
const readAgainAfterMs = 5_000;

/**
 * The operator's keys as they are now: they may change while everything goes on. Whoever opens asks at the moment of
 * opening, because a key may have been wrapped anew since its row was looked for. Whoever closes does so in `closing`.
 */
export class CurrentKeyring {
  #keyring: Keyring;
  readonly #readAgain: () => Keyring;
  readonly #clock: Clock;
  #readAt = Number.NEGATIVE_INFINITY;
  readonly #closing = new Set<Promise<unknown>>();

  /** `readAgain` reads AUTH_ENCRYPTION_SECRET as it is now; it may throw. */
  constructor(keyring: Keyring, readAgain: () => Keyring, clock: Clock) {
    this.#keyring = keyring;
    this.#readAgain = readAgain;
    this.#clock = clock;
  }

  get now(): Keyring {
    return this.#keyring;
  }

  /** Throws AppError `undecryptable`. */
  decrypt(text: string): Buffer {
    const term = Keyring.termOf(text);
    // Another replica of the vault has moved it under a key that came after our start.
    if (term !== undefined && !this.#keyring.terms.includes(term)) this.#lookForKey();
    return this.#keyring.decrypt(text);
  }

  /** Runs work that closes something with the given keyring and writes it down. */
  async closing<T>(work: (keyring: Keyring) => Promise<T>): Promise<T> {
    const running = work(this.#keyring);
    this.#closing.add(running);
    try {
      return await running;
    } finally {
      this.#closing.delete(running);
    }
  }

  /**
   * From here on `next` closes. Resolves when everything that was closed with a former keyring is written, or given up:
   * what still has a former key's term is then in its table, and nothing of the kind comes after.
   */
  async replace(next: Keyring): Promise<void> {
    this.#keyring = next;
    await Promise.allSettled(this.#closing);
  }

  /** Takes what another replica was told already: a keyring with every key that the vault as a whole holds. */
  catchUp(held: readonly string[]): void {
    const next = this.#read();
    if (next !== undefined && held.every((term) => next.terms.includes(term))) this.#keyring = next;
  }

  /** What the vault as a whole holds is not known here: no key at hand may get lost. */
  #lookForKey(): void {
    const now = this.#clock.now();
    if (now - this.#readAt < readAgainAfterMs) return;
    this.#readAt = now;
    this.catchUp(this.#keyring.terms);
  }

  #read(): Keyring | undefined {
    try {
      return this.#readAgain();
    } catch {
      // What can not be read does not help, and what needed it is refused.
      return undefined;
    }
  }
}
