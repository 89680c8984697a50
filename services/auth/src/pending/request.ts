import { AppError } from "@mcp-auth-proxy/contracts";
import { Type, type Static } from "typebox";
import { Value } from "typebox/value";
import { ClientFactsRow } from "../read-models/client-facts.ts";

/** A checked authorization request that waits for its person. Nothing in it is a secret of ours. */
export const PendingRequest = Type.Object({
  clientId: Type.String(),
  clientName: Type.Optional(Type.String()),
  /** For a client that a document describes: what the document said, when it was fetched, and from which host. */
  described: Type.Optional(Type.Object({ facts: ClientFactsRow, at: Type.Number(), host: Type.String() })),
  redirectUri: Type.String(),
  redirectKind: Type.Union([Type.Literal("https"), Type.Literal("loopback"), Type.Literal("private-use")]),
  redirectHost: Type.String(),
  resource: Type.String(),
  serverName: Type.String(),
  scopes: Type.Array(Type.String()),
  /** What its person unticked: asked for and not among `scopes`. */
  declinedScopes: Type.Optional(Type.Array(Type.String())),
  /** The client wants the sign-in page shown, session or not. */
  freshSignIn: Type.Optional(Type.Boolean()),
  state: Type.Optional(Type.String()),
  challenge: Type.Optional(
    Type.Object({ challenge: Type.String(), method: Type.Union([Type.Literal("S256"), Type.Literal("plain")]) }),
  ),
});
export type PendingRequest = Readonly<Static<typeof PendingRequest>>;

export const parsePendingRequest = (text: string): PendingRequest => {
  const value: unknown = JSON.parse(text);
  if (!Value.Check(PendingRequest, value)) throw new AppError("internal", "a pending row does not hold an authorization request");
  return value;
};
