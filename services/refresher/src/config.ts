import type { Secret } from "@mcp-auth-proxy/crypto";
import type { RefreshPolicy } from "./domain/plan.ts";

/** How we prove to a token endpoint who we are (RFC 6749 section 2.3.1). Without a secret: `client_id` in the body. */
export type EndpointAuthentication = "client_secret_basic" | "client_secret_post";

/** Our client at a provider. */
export interface ProviderClient {
  readonly clientId: string;
  readonly clientSecret?: Secret<string>;
}

/** A provider whose tokens are refreshed. One of `tokenEndpoint` and `issuer` (then it is discovered) is there. */
export type RefreshedProvider = ProviderClient & {
  /** As in the vault: `google`, `github`, `oidc`, or another's. */
  readonly id: string;
  readonly clientAuthentication: EndpointAuthentication;
  /** Whether a refresh ends the refresh token it was made with. Unless said it is learnt, and taken for granted until then. */
  readonly rotates?: boolean;
} & ({ readonly tokenEndpoint: string } | { readonly issuer: string });

/** A server with a client of its own at a provider. */
export interface ResourceClient extends ProviderClient {
  readonly resource: string;
  readonly provider: string;
}

/** Counts, and milliseconds where the name ends in Ms. */
export interface RefresherLimits {
  /** Attempts under way in this process, and at one provider. */
  readonly attemptsAtOnce: number;
  readonly attemptsPerProvider: number;
  /** From claim to answer: the worker stops then, by its own monotonic clock. */
  readonly attemptMs: number;
  /** Of that, for the provider: name, connection, answer. */
  readonly providerMs: number;
  /** How often the worker looks what is due when nobody woke it. */
  readonly pollMs: number;
  /** How long somebody who asked is kept waiting, and how many may wait at once: for one credential, and in all. */
  readonly askedMs: number;
  readonly waitingPerCredential: number;
  readonly waitingInAll: number;
  /** How long an answer is sent to a vault that does not acknowledge it. */
  readonly answerKeptMs: number;
  /** How long after its last event a stream that has ended is moved to the archive. */
  readonly archiveAfterMs: number;
}

export const defaultRefresherLimits: RefresherLimits = {
  attemptsAtOnce: 32,
  attemptsPerProvider: 8,
  attemptMs: 20_000,
  providerMs: 10_000,
  pollMs: 1_000,
  // Below what the bus waits (10 s), so that the answer is ours and not a timeout.
  askedMs: 9_000,
  waitingPerCredential: 5_000,
  waitingInAll: 20_000,
  answerKeptMs: 86_400_000,
  archiveAfterMs: 90 * 86_400_000,
};

/** What the refresher is told at start. */
export interface RefresherConfig {
  readonly providers: readonly RefreshedProvider[];
  /** May be others while it runs: read anew for each refresh, and never kept. */
  readonly clientsOfResource: readonly ResourceClient[];
  readonly policy: RefreshPolicy;
  readonly limits: RefresherLimits;
}
