import type { ClientId, Result } from "@mcp-auth-proxy/contracts";
import type { ClientAuthentication } from "../domain/client.ts";
import type { ClientMetadata } from "../validate/client-metadata.ts";

/** A client that registered itself and has not completed an authorization yet. It belongs to nobody. */
export interface UnconfirmedRegistration {
  readonly clientId: ClientId;
  readonly metadata: ClientMetadata;
  /** Absent: a public client. Never the secret itself. */
  readonly authentication?: ClientAuthentication;
  readonly issuedAt: number;
  /** When it may be swept, unless an authorization was completed before. */
  readonly expiresAt: number;
  /** Whose quota it counts against: what `clientAddress` says. */
  readonly address: string;
}

/** How many unexpired rows there may be. */
export interface RegistrationQuota {
  readonly perAddress: number;
  readonly inAll: number;
}

export type QuotaExceeded = "address_quota" | "total_quota";

/**
 * Where unconfirmed registrations wait (`tt_` rows, never events: nothing unauthenticated is appended).
 * The implementer's duties: counting and saving are one transaction, so that a burst can't pass the quota;
 * rows past `expiresAt` neither count nor are found; the address is kept as a keyed hash only, and is forgotten with the row.
 */
export interface Registrations {
  save(registration: UnconfirmedRegistration, quota: RegistrationQuota): Promise<Result<undefined, QuotaExceeded>>;
  find(clientId: ClientId): Promise<Omit<UnconfirmedRegistration, "address"> | undefined>;
}
