import { Type, type Static } from "typebox";

/** A credential's id: SHA-256, base64url, of its subject, its resource and its provider. See `credentialIdOf` in libs/crypto. */
export const CredentialIdText = Type.String({ pattern: "^[A-Za-z0-9_-]{43}$" });
/** Grows by one with every set of tokens that is stored; the first is 1. A generation is never used twice, not even after shredding. */
export const Generation = Type.Integer({ minimum: 1 });
export const SubjectIdText = Type.String({ minLength: 1, maxLength: 200 });
/** The canonical resource of the server that uses the credential: `<base>/mcp` or `<base>/<name>/mcp`. */
export const ResourceText = Type.String({ minLength: 1, maxLength: 512 });
/** The provider's short name in the configuration: `google`, `github`, `oidc`, or another's. */
export const ProviderText = Type.String({ pattern: "^[a-z][a-z0-9-]{0,39}$" });
export const ScopeText = Type.String({ maxLength: 4_000 });
export const EpochMs = Type.Integer({ minimum: 0 });

/**
 * `expired`: past its expiry, and there is no refresh token. `broken`: the provider refuses to refresh it, or nobody
 * knows whether it did; or what was kept is lost, then without a reason. Both need the person; an expired one with a refresh token is `connected`.
 */
export const CredentialStatus = Type.Union([Type.Literal("connected"), Type.Literal("expired"), Type.Literal("broken")]);
export type CredentialStatus = Static<typeof CredentialStatus>;

/** Why only the person can mend a credential. `uncertain`: an attempt has no outcome, and trying again could kill the family. */
export const BreakReason = Type.Union([
  Type.Literal("invalid-grant"),
  Type.Literal("uncertain"),
  Type.Literal("unusable-answer"),
  Type.Literal("client-refused"),
]);
export type BreakReason = Static<typeof BreakReason>;

/** What may be told of a credential. Without `expiresAt` it never expires by itself, and is never scheduled for refresh. */
export const CredentialFacts = Type.Object({
  credentialId: CredentialIdText,
  subjectId: SubjectIdText,
  resource: ResourceText,
  provider: ProviderText,
  generation: Generation,
  scope: ScopeText,
  refreshable: Type.Boolean(),
  storedAt: EpochMs,
  expiresAt: Type.Optional(EpochMs),
});
export type CredentialFacts = Static<typeof CredentialFacts>;
