import { randomBytes, Secret } from "@mcp-auth-proxy/crypto";
import type { AuthSecrets } from "./auth-secrets.ts";

/** Auth's symmetric keys, opened once at start and held in memory. */
export interface AuthKeys {
  /** Keys the tags of refresh tokens, and every fingerprint but those of cookies. Never rotated: they would all stop to match. */
  readonly pepper: Secret<Buffer>;
  /** Keys the CSRF tokens in our forms and the fingerprints of our cookies. */
  readonly formKey: Secret<Buffer>;
  /** Closes the per-subject keys, and with them the personal data. */
  readonly subjectKey: Secret<Buffer>;
  /** Chains the audit trail. Never rotated: the rows from before would all look altered. */
  readonly auditKey: Secret<Buffer>;
}

const fresh = (): Secret<Buffer> => Secret.of(randomBytes(32));

export const openAuthKeys = async (secrets: AuthSecrets): Promise<AuthKeys> => ({
  pepper: await secrets.openOrCreate("pepper", fresh),
  formKey: await secrets.openOrCreate("form-key", fresh),
  subjectKey: await secrets.openOrCreate("subject-key", fresh),
  auditKey: await secrets.openOrCreate("audit-key", fresh),
});
