import { Type } from "typebox";
import { command, query } from "../../contract.ts";
import { Sealed, SealingKey } from "../../sealed.ts";

/** Names one secret that the vault keeps closed for auth, for example `signing-key/<kid>` or `pepper`. */
const SecretName = Type.String({ pattern: "^[a-z][a-z0-9-]*(/[A-Za-z0-9_-]{1,64})?$", maxLength: 100 });
const Generation = Type.Integer({ minimum: 1 });

/** The vault's public sealing keys; the first is the one to seal to. */
export const sealingKeys = query("vault", "sealing-keys", {
  request: Type.Object({}),
  response: Type.Object({ keys: Type.Array(SealingKey, { minItems: 1, maxItems: 8 }) }),
});

/**
 * Encrypts a secret of auth's on its behalf. `sealed` holds the secret's bytes and was sealed to a vault key;
 * the answer is ciphertext that auth keeps and only the vault can open, and only for the same name and generation.
 */
export const wrapAuthSecret = command("vault", "wrap-auth-secret", {
  request: Type.Object({
    commandId: Type.String({ format: "uuid" }),
    name: SecretName,
    generation: Generation,
    sealed: Sealed,
  }),
  response: Type.Object({ ciphertext: Type.String({ minLength: 1, maxLength: 65_536 }) }),
});

/** Opens what `wrapAuthSecret` closed; the answer is sealed to the one-time `replyKey`. */
export const unwrapAuthSecret = query("vault", "unwrap-auth-secret", {
  request: Type.Object({
    name: SecretName,
    generation: Generation,
    ciphertext: Type.String({ minLength: 1, maxLength: 65_536 }),
    replyKey: SealingKey,
  }),
  response: Type.Object({ sealed: Sealed }),
});
