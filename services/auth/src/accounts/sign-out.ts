import type { Unit } from "@mcp-auth-proxy/event-store";
import { subjectDecider } from "../domain/subject.ts";
import { voidCodes } from "../pending/open-codes.ts";
import { endSessions } from "./sessions.ts";

/**
 * Signs a person out in every browser and voids codes under way: one of them would give back what was just taken.
 * Says whether there is such a person.
 */
export const signOut = async (unit: Unit, subjectId: string): Promise<boolean> => {
  const signedOut = await unit.execute(subjectDecider, subjectId, { type: "SignOutSubject", now: unit.now });
  await endSessions(unit.sql, subjectId);
  await voidCodes(unit.sql, { subjectId });
  return signedOut.ok;
};
