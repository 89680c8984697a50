import { AppError } from "@mcp-auth-proxy/contracts";
import { Type } from "typebox";
import { Value } from "typebox/value";
import type { ClientFacts } from "../domain/client.ts";

const Facts = Type.Object({
  clientName: Type.Optional(Type.String()),
  redirectUris: Type.Array(Type.String()),
  grantTypes: Type.Array(Type.String()),
  scope: Type.String(),
  applicationType: Type.Optional(Type.Union([Type.Literal("native"), Type.Literal("web")])),
});

/** A client's facts as a row keeps them. A row that is something else is refused, not half read. */
export const parseClientFacts = (text: string): ClientFacts => {
  const value: unknown = JSON.parse(text);
  if (!Value.Check(Facts, value)) throw new AppError("internal", "a client row does not hold client facts");
  return value;
};
