import { Type, type Static } from "typebox";
import { authV1 } from "@mcp-auth-proxy/contracts";

/** One request and one answer, each a line of JSON, over a Unix socket that only the owner of the data can open. */
export const OperatorRequest = Type.Union([
  Type.Object({ ...authV1.revoke.request.properties, name: Type.Literal("revoke") }),
  Type.Object({ ...authV1.rotateSigningKey.request.properties, name: Type.Literal("keys rotate") }),
  Type.Object({ ...authV1.rotateSigningKey.request.properties, name: Type.Literal("users") }),
  Type.Object({
    ...authV1.verifyAudit.request.properties,
    commandId: authV1.revoke.request.properties.commandId,
    actor: authV1.revoke.request.properties.actor,
    name: Type.Literal("audit verify"),
  }),
]);
export type OperatorRequest = Static<typeof OperatorRequest>;

export const OperatorAnswer = Type.Union([
  /** `failed`: it was carried out, and what it found is bad news. */
  Type.Object({ ok: Type.Literal(true), text: Type.String(), failed: Type.Optional(Type.Literal(true)) }),
  Type.Object({ ok: Type.Literal(false), text: Type.String() }),
]);
export type OperatorAnswer = Static<typeof OperatorAnswer>;

export const maxLineBytes = 16 * 1024;
/** Longer than the longest of what is asked for: a minute, and half of one. */
export const requestTimeoutMs = 95_000;
