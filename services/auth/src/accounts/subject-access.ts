import type { SubjectId } from "@mcp-auth-proxy/contracts";
import type { AuthConfig } from "../config.ts";
import type { AuthKeys } from "../custody/keys.ts";
import { personalDataOf } from "../custody/subjects.ts";
import type { AuthSql } from "../read-models/tables.ts";
import { type AccessDecision, decideAccess } from "../validate/access-rules.ts";
import { ownerLogin } from "./owner-login.ts";

/**
 * Whether a person may still use a server, by the rules of now and what their provider said at their last sign-in. The
 * owner may for as long as there is a password; whoever is forgotten, or came in another way, may not.
 */
export const accessOfSubject = async (
  { config, keys }: { readonly config: AuthConfig; readonly keys: AuthKeys },
  sql: AuthSql,
  id: SubjectId,
  resource: string | undefined,
): Promise<AccessDecision> => {
  const person = await personalDataOf(sql, keys, id);
  if (person === undefined) return "refused";
  if (person.facts !== undefined) return decideAccess(config, person.facts, resource);
  return config.password !== undefined && person.name === ownerLogin ? "allowed" : "refused";
};
