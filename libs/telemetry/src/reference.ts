import { randomBytes } from "@mcp-auth-proxy/crypto";

// Crockford's base32: no letter that looks like a digit, so that a person can read it out on the phone.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** A correlation id: shown on an error page or in an answer, and the same in the log. 60 random bits, no secret. */
export const createReference = (): string =>
  Array.from(randomBytes(12), (byte) => alphabet[byte % alphabet.length]).join("");
