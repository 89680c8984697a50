import { Type, type Static } from "typebox";
import { query } from "../../contract.ts";
import { Sealed, SealingKey } from "../../sealed.ts";

/** What the answer to `identity` holds when it is opened: JSON of this shape. All but `sub` only where it is known. */
export const Identity = Type.Object({
  sub: Type.String({ minLength: 1, maxLength: 200 }),
  /** An address that the provider has verified. */
  email: Type.Optional(Type.String({ maxLength: 320 })),
  /** What the person is called at their provider: a login, or what the operator chose. It may change. */
  preferred_username: Type.Optional(Type.String({ maxLength: 320 })),
  /** A JWT of the same facts for the server behind the resource, with the resource as its audience. */
  assertion: Type.String({ minLength: 1, maxLength: 8_192 }),
  /** Epoch milliseconds: when the assertion expires. */
  expiresAt: Type.Integer({ minimum: 0 }),
});
export type Identity = Static<typeof Identity>;

/**
 * Who stands behind a grant, for the server that the grant is for. Names are personal data: the answer is sealed to the
 * one-time `replyKey`. Errors: refused (no such grant, ended, or for another resource).
 */
export const identity = query("auth", "identity", {
  request: Type.Object({ grantId: Type.String({ minLength: 1, maxLength: 200 }), resource: Type.String({ minLength: 1, maxLength: 512 }), replyKey: SealingKey }),
  response: Type.Object({ sealed: Sealed }),
});
