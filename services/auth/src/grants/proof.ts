import { constantTimeEqual, sha256, type Secret } from "@mcp-auth-proxy/crypto";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { IssuedCode } from "../domain/authorization.ts";
import { challengeFingerprint } from "../sign-in/complete.ts";
import { checkProof } from "../validate/pkce.ts";

/**
 * Whether the verifier answers the challenge that the code was bound to (RFC 7636 section 4.6). The log keeps the
 * challenge as a fingerprint, so what the verifier yields is fingerprinted before the two are compared.
 */
export const provesChallenge = (
  verifier: string | undefined,
  challenge: IssuedCode["challenge"],
  { pepper, log }: { readonly pepper: Secret<Buffer>; readonly log: Log },
): boolean => {
  const stored = challenge === undefined ? undefined : { challenge: challenge.fingerprint, method: challenge.method };
  const proof = checkProof(verifier, stored, {
    sha256,
    constantTimeEqual: (derived, kept) => constantTimeEqual(challengeFingerprint(pepper, derived), kept),
  });
  log.info({ method: challenge?.method ?? "none", result: proof.ok ? "PASSED" : "FAILED" }, "PKCE validation");
  return proof.ok;
};
