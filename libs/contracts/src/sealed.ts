import { Type, type Static } from "typebox";

/** A compact JWE (RFC 7516), ECDH-ES with A256GCM: the only form in which a secret travels on the bus. */
export const Sealed = Type.String({ pattern: "^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+){3}$", maxLength: 65_536 });
export type Sealed = Static<typeof Sealed>;

/** A public EC key for ECDH-ES (RFC 7517). `kid` is the RFC 7638 thumbprint. */
export const SealingKey = Type.Object({
  kty: Type.Literal("EC"),
  crv: Type.Literal("P-256"),
  x: Type.String({ minLength: 43, maxLength: 43 }),
  y: Type.String({ minLength: 43, maxLength: 43 }),
  kid: Type.String({ minLength: 43, maxLength: 43 }),
});
export type SealingKey = Static<typeof SealingKey>;
