import type { vaultV1 } from "@mcp-auth-proxy/contracts";
import type { Secret } from "@mcp-auth-proxy/crypto";

/** A person's token of their connected account, for a short time. */
export interface Lease {
  readonly facts: vaultV1.CredentialFacts;
  readonly accessToken: Secret<string>;
  /** Epoch ms after which it must not be used any more without asking again. */
  readonly until: number;
}

/**
 * Why there is none. `not_connected`, `reconnect_required`: only the person can change that. `refused`: our own token
 * does not count for the vault. `unavailable`: nobody knows now; later it may work.
 */
export type NoLease = "not_connected" | "reconnect_required" | "refused" | "unavailable";
