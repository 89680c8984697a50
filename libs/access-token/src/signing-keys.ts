import type { Messenger, Subscription } from "@mcp-auth-proxy/bus";
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
  readonly #forgotten: () => void;
  readonly #subscriptions: Subscription[] = [];
  #keys: ReadonlyMap<string, CryptoKey> = new Map();
  #askedAt = Number.NEGATIVE_INFINITY;
  #failed: unknown;
  #asking: Promise<void> | undefined;

  /** `forgotten` is called when a key no longer counts: what was verified with it does not count either. */
  constructor(messenger: Messenger, clock: Clock, forgotten: () => void = () => undefined) {
    this.#messenger = messenger;
    this.#clock = clock;
    this.#forgotten = forgotten;
  }

  /** Listens, and loads the keys. Rejects when they can not be had. */
  async start(): Promise<void> {
    this.listen();
    await this.refresh();
  }

  /** Only listens, for who starts before auth does: the keys come with the first token that needs one. */
  listen(): void {
    // A rotation is heard at once: the next token is signed with the new key, and after a theft the old one must go.
    this.#subscriptions.push(this.#messenger.hear(authV1.signingKeyActivated, () => this.#refreshQuietly()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#subscriptions.splice(0).map((subscription) => subscription.stop()));
  }

  get loaded(): boolean {
    return this.#keys.size > 0;
  }

  /** Throws AppError when the key is not known here and auth can not be asked. */
  async find(kid: string): Promise<CryptoKey | undefined> {
    const known = this.#keys.get(kid);
    const age = this.#clock.now() - this.#askedAt;
    if (known !== undefined && age < refreshAfterMs) return known;
    // Also where somebody else is asking just now: what they get may hold this key.
    if (age >= askAgainAfterMs || this.#asking !== undefined) await this.#refreshQuietly();
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
    const before = this.#keys;
    this.#keys = imported;
    this.#failed = undefined;
    if ([...before.keys()].some((kid) => !imported.has(kid))) this.#forgotten();
  }
}
