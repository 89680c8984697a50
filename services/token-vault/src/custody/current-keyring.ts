import type { Keyring } from "@mcp-auth-proxy/crypto";

/**
 * The operator's keys as they are now: they may change while everything goes on. Whoever opens asks at the moment of
 * opening, because a key may have been wrapped anew since its row was looked for. Whoever closes does so in `closing`.
 */
export class CurrentKeyring {
  #keyring: Keyring;
  readonly #closing = new Set<Promise<unknown>>();

  constructor(keyring: Keyring) {
    this.#keyring = keyring;
  }

  get now(): Keyring {
    return this.#keyring;
  }

  /** Throws AppError `undecryptable`. */
  decrypt(text: string): Buffer {
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
}
