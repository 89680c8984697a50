import { Secret } from "@mcp-auth-proxy/crypto";
import { Type } from "typebox";
import { Value } from "typebox/value";
import type { Place } from "./place.ts";

const version = 1;

const Frame = Type.Object({
  v: Type.Literal(version),
  purpose: Type.String(),
  name: Type.String(),
  generation: Type.Integer(),
  secret: Type.String(),
});

/** The plaintext under every ciphertext of the vault: the secret together with the place it belongs to. */
export const frame = ({ purpose, name, generation }: Place, secret: Secret<Buffer>): Buffer =>
  Buffer.from(JSON.stringify({ v: version, purpose, name, generation, secret: secret.reveal().toString("base64url") }));

/** The secret of a frame, undefined when it belongs to another place: somebody moved its ciphertext. */
export const unframe = (place: Place, plaintext: Buffer): Secret<Buffer> | undefined => {
  const content = parse(plaintext);
  if (!Value.Check(Frame, content)) return undefined;
  const moved = content.purpose !== place.purpose || content.name !== place.name || content.generation !== place.generation;
  return moved ? undefined : Secret.of(Buffer.from(content.secret, "base64url"));
};

const parse = (plaintext: Buffer): unknown => {
  try {
    return JSON.parse(plaintext.toString("utf8"));
  } catch {
    return undefined;
  }
};
