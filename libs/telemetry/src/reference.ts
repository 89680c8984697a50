import { randomBytes } from "@mcp-auth-proxy/crypto";

// Crockford's base32: no letter that looks like a digit, so that a person can read it out on the phone.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const letters = 12;

/** Asking the system for randomness costs more than the rest of a reference, and each request has one: it is asked for many at a time. */
const drawnAtATime = 256 * letters;
let drawn = randomBytes(0);
let used = 0;

/** A correlation id: shown on an error page or in an answer, and the same in the log. 60 random bits, no secret. */
export const createReference = (): string => {
  if (used === drawn.length) {
    drawn = randomBytes(drawnAtATime);
    used = 0;
  }
  let reference = "";
  for (const end = used + letters; used < end; used += 1) reference += alphabet.charAt((drawn[used] ?? 0) % alphabet.length);
  return reference;
};
