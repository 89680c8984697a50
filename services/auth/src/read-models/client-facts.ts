import { AppError } from "@mcp-auth-proxy/contracts";
import { Type } from "typebox";
import { Value } from "typebox/value";
import type { ClientFacts } from "../domain/client.ts";

const Text = Type.Optional(Type.String());

/** Also what a registration row keeps, and what a registration may send. */
export const ClientJwk = Type.Object({
  kty: Type.Union([Type.Literal("EC"), Type.Literal("RSA"), Type.Literal("OKP")]),
  kid: Text,
  crv: Text,
  x: Text,
  y: Text,
  n: Text,
  e: Text,
});

export const ClientAuthentication = Type.Union([
  Type.Object({
    method: Type.Union([Type.Literal("client_secret_basic"), Type.Literal("client_secret_post")]),
    secretFingerprint: Type.String(),
  }),
  Type.Object({
    method: Type.Literal("private_key_jwt"),
    keys: Type.Union([Type.Object({ jwks: Type.Array(ClientJwk) }), Type.Object({ jwksUri: Type.String() })]),
  }),
]);

/** A client's facts, as rows keep them. */
export const ClientFactsRow = Type.Object({
  clientName: Type.Optional(Type.String()),
  redirectUris: Type.Array(Type.String()),
  grantTypes: Type.Array(Type.String()),
  scope: Type.String(),
  applicationType: Type.Optional(Type.Union([Type.Literal("native"), Type.Literal("web")])),
  authentication: Type.Optional(ClientAuthentication),
});

/** A client's facts as a row keeps them. A row that is something else is refused, not half read. */
export const parseClientFacts = (text: string): ClientFacts => {
  const value: unknown = JSON.parse(text);
  if (!Value.Check(ClientFactsRow, value)) throw new AppError("internal", "a client row does not hold client facts");
  return value;
};
