import type { EventMeta } from "@mcp-auth-proxy/contracts";
import { AppError } from "@mcp-auth-proxy/contracts";
import { subjectDecider } from "../domain/subject.ts";
import { revokeOwnGrants } from "../grants/revocation.ts";
import type { AuthParts } from "../parts.ts";
import { endSessions } from "./sessions.ts";

/** Signs a person out in every browser and voids codes under way; with `apps`, every app loses its access too. */
export const signOutEverywhere = async (parts: AuthParts, out: { readonly subjectId: string; readonly apps: boolean }, meta: EventMeta): Promise<void> => {
  await parts.handle({ name: "sign-out-everywhere", meta }, async (unit) => {
    const signedOut = await unit.execute(subjectDecider, out.subjectId, { type: "SignOutSubject", now: unit.now });
    if (!signedOut.ok) throw new AppError("conflict", `subject: ${signedOut.error}`);
    await endSessions(unit.sql, out.subjectId);
  });
  if (out.apps) await revokeOwnGrants(parts, { subjectId: out.subjectId }, meta);
};
