import { createHash, randomBytes } from "node:crypto";

/** A verifier and its S256 challenge (RFC 7636 section 4). */
export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}

export const challengeOf = (verifier: string): string => createHash("sha256").update(verifier).digest("base64url");

export function createPkce(verifier = randomBytes(32).toString("base64url")): Pkce {
  return { verifier, challenge: challengeOf(verifier) };
}
