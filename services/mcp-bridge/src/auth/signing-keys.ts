import type { Messenger } from "@mcp-auth-proxy/bus";
import { AppError, authV1, type Clock } from "@mcp-auth-proxy/contracts";
import { type CryptoKey, importJWK } from "jose";

/** A made-up `kid` must not become a question to auth each time. */
const askAgainAfterMs = 10_000;
/** A key that auth has retired leaves here at the latest after this. */
const refreshAfterMs = 5 * 60_000;

/** The keys with which auth signs access tokens, by `kid`. */
export class SigningKeys {
  readonly #messenger: Messenger;
  readonly #clock: Clock;
  #keys: ReadonlyMap<string, CryptoKey> = new Map();
  #askedAt = Number.NEGATIVE_INFINITY;
  #failed: unknown;
  #asking: Promise<void> | undefined;

  constructor(messenger: Messenger, clock: Clock) {
    this.#messenger = messenger;
    this.#clock = clock;
  }

  get loaded(): boolean {
    return this.#keys.size > 0;
  }

  /** Throws AppError when the key is not known here and auth can not be asked. */
  async find(kid: string): Promise<CryptoKey | undefined> {
    const known = this.#keys.get(kid);
    const age = this.#clock.now() - this.#askedAt;
    if (known !== undefined && age < refreshAfterMs) return known;
    if (age >= askAgainAfterMs) await this.#refreshQuietly();
    const key = this.#keys.get(kid);
    if (key === undefined && this.#failed !== undefined) throw new AppError("unavailable", "the signing keys can not be had", this.#failed);
    return key;
  }

  /** Asks auth for the keys; those asking at the same time share one question. */
  refresh(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** A failure is remembered and only matters to a token whose key is not known: keys that are known still count. */
  async #refreshQuietly(): Promise<void> {
    try {
      await this.refresh();
    } catch (cause) {
      this.#failed = cause;
    }
  }

  async #ask(): Promise<void> {
    this.#askedAt = this.#clock.now();
    const { keys } = await this.#messenger.ask(authV1.jwks, {});
    const imported = new Map<string, CryptoKey>();
    for (const jwk of keys) {
      const key = await importJWK(jwk, "ES256");
      if (key instanceof Uint8Array) throw new TypeError("a signing key is not a public key");
      imported.set(jwk.kid, key);
    }
    this.#keys = imported;
    this.#failed = undefined;
  }
}
