import { Type } from "typebox";
import { command, query } from "../../contract.ts";
import { Sealed } from "../../sealed.ts";
import { BreakReason, CredentialFacts, CredentialIdText, CredentialStatus, EpochMs, Generation, ProviderText, ResourceText, ScopeText, SubjectIdText } from "./credential-fields.ts";

const CommandId = Type.String({ format: "uuid" });

/**
 * Keeps what a provider answered when a person signed in or connected. `sealed` holds the body of the provider's token
 * response (RFC 6749 section 5.1, JSON), as it came. The vault reads it: `expires_in` counts from `receivedAt`, `scope`
 * is `askedScope` where the provider does not say. Without a refresh token in it, one that is kept for the same
 * credential stays (Google sends it once). Errors: bad_request when it is no token response.
 */
export const storeCredential = command("vault", "store-credential", {
  request: Type.Object({
    commandId: CommandId,
    credentialId: CredentialIdText,
    subjectId: SubjectIdText,
    resource: ResourceText,
    provider: ProviderText,
    askedScope: ScopeText,
    receivedAt: EpochMs,
    sealed: Sealed,
  }),
  response: Type.Object({ facts: CredentialFacts }),
});

/**
 * The same for a refresh: counts only for the generation that was refreshed. `rotated`: the provider gave another
 * refresh token than the one it was asked with. Errors: conflict (another generation is current, and `rotated` is not
 * known), bad_request (no token response: the generation stays), not_found (shredded meanwhile).
 */
export const replaceCredential = command("vault", "replace-credential", {
  request: Type.Object({
    commandId: CommandId,
    credentialId: CredentialIdText,
    expectedGeneration: Generation,
    receivedAt: EpochMs,
    sealed: Sealed,
  }),
  response: Type.Object({ facts: CredentialFacts, rotated: Type.Boolean() }),
});

/** The person has to connect again. Changes nothing where another generation is current by now. */
export const breakCredential = command("vault", "break-credential", {
  request: Type.Object({ commandId: CommandId, credentialId: CredentialIdText, expectedGeneration: Generation, reason: BreakReason }),
  response: Type.Object({ broken: Type.Boolean() }),
});

/** Deletes ciphertext and data key: what was kept can not be opened again, by anyone. Done already: the same answer. */
export const shredCredential = command("vault", "shred-credential", {
  request: Type.Object({ commandId: CommandId, credentialId: CredentialIdText, actor: Type.String({ minLength: 1, maxLength: 512 }) }),
  response: Type.Object({ shredded: Type.Boolean() }),
});

/** Everything that is kept for a person, for their account page. */
export const credentialsOf = query("vault", "credentials-of", {
  request: Type.Object({ subjectId: SubjectIdText }),
  response: Type.Object({
    credentials: Type.Array(
      Type.Object({ facts: CredentialFacts, status: CredentialStatus, brokenBecause: Type.Optional(BreakReason) }),
      { maxItems: 500 },
    ),
  }),
});

/**
 * Reads AUTH_ENCRYPTION_SECRET again and moves every wrapped key under its first key, while everything goes on.
 * `unreadable`: keys that nothing in the keyring opens. `terms`: keys that still close something, so that the operator
 * sees which may go.
 */
export const rotateEncryptionKey = command("vault", "rotate-encryption-key", {
  request: Type.Object({ commandId: CommandId, actor: Type.String({ minLength: 1, maxLength: 512 }) }),
  response: Type.Object({
    activeTerm: Type.String({ maxLength: 64 }),
    rewrapped: Type.Integer({ minimum: 0 }),
    unreadable: Type.Integer({ minimum: 0 }),
    terms: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 64 }),
  }),
  timeoutMs: 60_000,
});
