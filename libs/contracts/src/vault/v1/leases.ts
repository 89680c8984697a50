import { Type, type Static } from "typebox";
import { query } from "../../contract.ts";
import { Sealed, SealingKey } from "../../sealed.ts";
import { CredentialFacts, CredentialIdText, EpochMs, Generation, ProviderText, ResourceText } from "./credential-fields.ts";

/** What the answer to `leaseAccessToken` holds when it is opened: JSON of this shape. */
export const AccessLease = Type.Object({
  accessToken: Type.String({ minLength: 1, maxLength: 16_384 }),
  tokenType: Type.String({ maxLength: 40 }),
  idToken: Type.Optional(Type.String({ maxLength: 16_384 })),
});
export type AccessLease = Static<typeof AccessLease>;

/**
 * The access token of the person who is asking. `sealedCallerToken` is the access token of ours that came with the
 * request, sealed to the vault: it proves that the person is there, and its audience must be `resource`. The answer is
 * sealed to the one-time `replyKey` and may be kept until `leaseUntil`. `provider`: whose token; without it, that of the
 * provider that the person connected last for this server.
 * Errors: refused (the caller's token does not count), not_connected, credential_expired (a refresh would help: ask the
 * refresher), reconnect_required, undecryptable (not sealed to this vault: ask for its keys again), unavailable (it can
 * not be known whether the caller's token counts).
 */
export const leaseAccessToken = query("vault", "lease-access-token", {
  request: Type.Object({ sealedCallerToken: Sealed, resource: ResourceText, provider: Type.Optional(ProviderText), replyKey: SealingKey }),
  response: Type.Object({ facts: CredentialFacts, leaseUntil: EpochMs, sealed: Sealed }),
});

/** What the answer to `leaseRefreshToken` holds when it is opened: JSON of this shape. */
export const RefreshLease = Type.Object({ refreshToken: Type.String({ minLength: 1, maxLength: 16_384 }) });
export type RefreshLease = Static<typeof RefreshLease>;

/** Why a refresh token may leave the vault: it is due, or its owner is there and asked. */
export const RefreshCause = Type.Union([
  Type.Object({ kind: Type.Literal("due") }),
  Type.Object({ kind: Type.Literal("asked"), sealedCallerToken: Sealed }),
]);
export type RefreshCause = Static<typeof RefreshCause>;

/**
 * The refresh token of one generation, for one attempt. `due` counts from TOKEN_REFRESH_THRESHOLD before the expiry.
 * Errors: refused (not due, or the caller's token does not count), conflict (another generation is current), not_found,
 * reconnect_required (broken, or without a refresh token), limit_exceeded.
 */
export const leaseRefreshToken = query("vault", "lease-refresh-token", {
  request: Type.Object({
    credentialId: CredentialIdText,
    generation: Generation,
    attemptId: Type.String({ format: "uuid" }),
    cause: RefreshCause,
    replyKey: SealingKey,
  }),
  response: Type.Object({ facts: CredentialFacts, sealed: Sealed }),
});
