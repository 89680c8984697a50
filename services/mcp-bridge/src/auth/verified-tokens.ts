import type { Caller } from "@mcp-auth-proxy/access-token";
import { sha256 } from "@mcp-auth-proxy/crypto";
import { LRUCache } from "lru-cache";

/**
 * Tokens whose signature was verified, by hash: verifying one costs more than everything else in a request. Only the
 * hash is kept. An entry counts until the token's own `exp`, and the denylist is asked on every hit all the same.
 */
export class VerifiedTokens {
  readonly #callers: LRUCache<string, Caller>;

  constructor(max: number) {
    this.#callers = new LRUCache({ max });
  }

  find(token: string, now: number): Caller | undefined {
    const caller = this.#callers.get(sha256(token));
    return caller !== undefined && now < caller.expiresAt ? caller : undefined;
  }

  keep(token: string, caller: Caller): void {
    this.#callers.set(sha256(token), caller);
  }

  /** A key was withdrawn: whatever it signed has to be verified anew. */
  forget(): void {
    this.#callers.clear();
  }
}
