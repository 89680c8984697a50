/**
 * Sent with every answer unless a route says otherwise; a route that writes to the raw response sends them itself.
 * `no-store`: RFC 6749 section 5.1. The policy allows nothing, because JSON needs nothing; pages bring their own.
 */
export const defaultHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
} as const;

/** On answers to failures: the same value is in the log. */
export const correlationHeader = "x-correlation-id";
