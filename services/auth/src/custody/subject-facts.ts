import { AppError } from "@mcp-auth-proxy/contracts";
import { Type } from "typebox";
import { Value } from "typebox/value";
import type { IdentityFacts } from "../validate/access-rules.ts";

const Texts = Type.Array(Type.String());
const Facts = Type.Object({
  provider: Type.String(),
  name: Type.Optional(Type.String()),
  email: Type.Optional(Type.String()),
  githubLogin: Type.Optional(Type.String()),
  workspace: Type.Optional(Type.String()),
  groups: Texts,
  organisations: Texts,
  attributes: Type.Record(Type.String(), Texts),
});

/** Facts as they are encrypted. */
export const formatFacts = (facts: IdentityFacts): Buffer => Buffer.from(JSON.stringify(facts), "utf8");

export const parseFacts = (bytes: Buffer): IdentityFacts => {
  const value: unknown = JSON.parse(bytes.toString("utf8"));
  if (!Value.Check(Facts, value)) throw new AppError("internal", "a person's row does not hold facts");
  return value;
};
