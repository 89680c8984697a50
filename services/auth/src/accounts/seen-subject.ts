import { AppError, type SubjectId } from "@mcp-auth-proxy/contracts";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import type { Unit } from "@mcp-auth-proxy/event-store";
import type { AuthKeys } from "../custody/keys.ts";
import { findSubject, saveSubject } from "../custody/subjects.ts";
import { subjectId } from "../domain/ids.ts";
import { subjectDecider } from "../domain/subject.ts";

/** The person behind a login that has just proven itself; known from its first time on. */
export const seenSubject = async (keys: AuthKeys, unit: Unit, login: string): Promise<SubjectId> => {
  const known = await findSubject(unit.sql, keys, login);
  const id = known ?? subjectId(uuidv7(unit.now));
  if (known === undefined) await saveSubject(unit.sql, keys, { subjectId: id, login, now: unit.now });
  const seen = await unit.execute(subjectDecider, id, { type: "SeeSubject", subjectId: id, now: unit.now });
  if (!seen.ok) throw new AppError("conflict", `subject: ${seen.error}`);
  return id;
};
