import { constantTimeEqual, fingerprint, randomToken, Secret, sha256 } from "@mcp-auth-proxy/crypto";

/** The prefix lets the log redact it wherever it turns up. */
const prefix = "mcp_cs_";

/** The form in which every client secret is kept, from the SHA-256 that a configuration may hold in its place. */
export const secretFingerprintOf = (pepper: Secret<Buffer>, hash: string): string => fingerprint(pepper, "client-secret", hash);

/** A secret for a client that asked for one: shown once, kept as a fingerprint. */
export const mintClientSecret = (pepper: Secret<Buffer>): { readonly secret: Secret<string>; readonly secretFingerprint: string } => {
  const text = prefix + randomToken(32);
  return { secret: Secret.of(text), secretFingerprint: secretFingerprintOf(pepper, sha256(text)) };
};

export const isClientSecret = (pepper: Secret<Buffer>, presented: string, secretFingerprint: string): boolean =>
  constantTimeEqual(secretFingerprintOf(pepper, sha256(presented)), secretFingerprint);
