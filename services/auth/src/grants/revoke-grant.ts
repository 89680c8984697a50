import type { GrantId } from "@mcp-auth-proxy/contracts";
import type { Unit } from "@mcp-auth-proxy/event-store";
import { unlinkUnused } from "../accounts/connections.ts";
import { forgetConsents } from "../accounts/consents.ts";
import { dropLinks } from "../custody/refresh-links.ts";
import { grantDecider, type GrantRevocationReason, type GrantTerms } from "../domain/grant.ts";
import { voidCodes } from "../pending/open-codes.ts";
import type { AuthSql } from "../read-models/tables.ts";

/** What goes with a revoked grant: answers that could be repeated, and the consent that would give it back unasked. */
export const forgetWithGrant = async (sql: AuthSql, { grantId, subjectId, clientId, resource }: GrantTerms & { readonly grantId: GrantId }): Promise<void> => {
  await dropLinks(sql, grantId);
  await forgetConsents(sql, { subjectId, clientId, resource });
};

/** Ends one grant, inside of a transaction. Says whether it was still active. */
export const revokeIn = async (unit: Unit, grantId: string, reason: GrantRevocationReason): Promise<boolean> => {
  const revoked = await unit.execute(grantDecider, grantId, { type: "RevokeGrant", reason, now: unit.now });
  if (!revoked.ok || revoked.value.state.status !== "revoked") return false;
  const { subjectId, clientId, resource } = revoked.value.state;
  await forgetWithGrant(unit.sql, revoked.value.state);
  // A client that gives a token back may have just signed in anew, and its person may be at it when a token is used twice.
  if (reason === "operator" || reason === "person") {
    await voidCodes(unit.sql, { subjectId, clientId, resource });
    await unlinkUnused(unit, { subjectId, resource, reason });
  }
  return revoked.value.events.length > 0;
};
