/** When refreshes happen. Milliseconds. */
export interface RefreshPolicy {
  /** TOKEN_REFRESH_THRESHOLD: so long before the expiry a credential is due. */
  readonly thresholdMs: number;
  /** TOKEN_REFRESH_MAX_RETRIES: so often a failed refresh is tried again soon; after that it is tried again rarely. */
  readonly maxRetries: number;
  /** TOKEN_REFRESH_RETRY_DELAY: before the first retry; doubles with each. */
  readonly retryDelayMs: number;
}

const maxFastDelayMs = 60_000;
const slowDelayMs = 60_000;
const maxSlowDelayMs = 300_000;
/** A provider may ask for patience, and not for a year of it. */
const maxRetryAfterMs = 3_600_000;
/** Tokens that live for seconds would otherwise be refreshed without a pause. */
const minRestMs = 10_000;
/** The part of a delay that differs from credential to credential. */
const spread = 0.2;

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** A number from 0 to 1 that is always the same for a credential and a turn: ids are SHA-256, base64url, so their letters are as good as dice. */
const fractionOf = (credentialId: string, turn: number): number => {
  const from = (turn * 5) % 35;
  const letters = Array.from({ length: 5 }, (_, at) => credentialId.charAt(from + at));
  return letters.reduce((value, letter) => value * 64 + Math.max(0, alphabet.indexOf(letter)), 0) / 64 ** 5;
};

/** What a plan is made of. Without `expiresAt` it never expires by itself (GitHub). */
export interface Expiring {
  readonly credentialId: string;
  readonly refreshable: boolean;
  readonly storedAt: number;
  readonly expiresAt?: number | undefined;
}

/**
 * When a credential is refreshed: the threshold before its expiry, at most half its life before it, and a little later for
 * one than for another, so that people who signed in together are not refreshed together. Undefined: never.
 */
export const dueAtOf = ({ credentialId, refreshable, storedAt, expiresAt }: Expiring, thresholdMs: number): number | undefined => {
  if (!refreshable || expiresAt === undefined) return undefined;
  const leadMs = Math.max(0, Math.min(thresholdMs, Math.floor((expiresAt - storedAt) / 2)));
  const laterMs = Math.floor(leadMs * spread * fractionOf(credentialId, 0));
  return Math.max(expiresAt - leadMs + laterMs, storedAt + minRestMs);
};

/** A refresh that failed. `failures` counts this one too. */
export interface Failed {
  readonly credentialId: string;
  readonly failures: number;
  readonly now: number;
  /** What the provider asked for, if it did. */
  readonly retryAfterAt?: number | undefined;
}

export const boundedRetryAfter = (retryAfterAt: number, now: number): number => Math.min(Math.max(retryAfterAt, now), now + maxRetryAfterMs);

/** When to try again: soon at first, then every few minutes, and never before the provider wants it. */
export const retryAtOf = ({ credentialId, failures, now, retryAfterAt }: Failed, { maxRetries, retryDelayMs }: RefreshPolicy): number => {
  const soon = failures <= maxRetries;
  const steps = soon ? failures - 1 : failures - maxRetries - 1;
  const delayMs = soon ? Math.min(retryDelayMs * 2 ** steps, maxFastDelayMs) : Math.min(slowDelayMs * 2 ** Math.min(steps, 10), maxSlowDelayMs);
  const laterMs = Math.floor(delayMs * spread * fractionOf(credentialId, failures));
  return Math.max(now + delayMs + laterMs, retryAfterAt === undefined ? 0 : boundedRetryAfter(retryAfterAt, now));
};
