import { Type, type Static } from "typebox";
import { command, publicEvent } from "../../contract.ts";
import { Sealed } from "../../sealed.ts";
import { CredentialIdText, EpochMs, Generation, ProviderText } from "../../vault/v1/credential-fields.ts";

/**
 * Refreshes a credential now, because its owner is waiting: `sealedCallerToken` is their access token of ours, sealed
 * to the vault. Answers when a generation after `generation` is there; however many ask, the provider is asked once.
 * Errors: refused (the caller's token does not count), not_found, reconnect_required, unavailable (the provider does not
 * answer or is overloaded: later), limit_exceeded.
 */
export const refreshNow = command("refresher", "refresh-now", {
  request: Type.Object({ credentialId: CredentialIdText, generation: Generation, sealedCallerToken: Sealed }),
  response: Type.Object({ generation: Generation }),
  timeoutMs: 10_000,
});

/**
 * With `retryAt` it is tried again then: always so for `temporary` and for `client-refused` (the operator's to mend), and for the
 * others but `invalid-grant` where the refresh token survives its use. Without: it is over, see the vault's credential-broken.
 */
export const FailureClass = Type.Union([
  Type.Literal("temporary"),
  Type.Literal("invalid-grant"),
  Type.Literal("client-refused"),
  Type.Literal("unusable-answer"),
  Type.Literal("uncertain"),
]);
export type FailureClass = Static<typeof FailureClass>;

export const refreshFailed = publicEvent(
  "refresher",
  "refresh-failed",
  Type.Object({ credentialId: CredentialIdText, generation: Generation, provider: ProviderText, failure: FailureClass, retryAt: Type.Optional(EpochMs) }),
);
