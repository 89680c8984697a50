import { AppError, type authV1, type EventMeta } from "@mcp-auth-proxy/contracts";
import type { Static } from "typebox";
import { type AppKey, grantsOfApp } from "../accounts/apps.ts";
import { unlink } from "../accounts/connections.ts";
import { forgetConsents } from "../accounts/consents.ts";
import { signOut } from "../accounts/sign-out.ts";
import { allSubjects, subjectsNamed } from "../custody/subjects.ts";
import type { GrantRevocationReason } from "../domain/grant.ts";
import type { AuthParts } from "../parts.ts";
import { voidCodes } from "../pending/open-codes.ts";
import { activeGrants, type GrantSelection } from "../read-models/grants.ts";
import { revokeIn } from "./revoke-grant.ts";

/** Grants ended in one transaction: everything else waits meanwhile. */
const batch = 100;

/** Ends one grant. Says whether it was still active. */
export const revokeGrant = (parts: AuthParts, grantId: string, reason: GrantRevocationReason, meta: EventMeta): Promise<boolean> =>
  parts.handle({ name: "revoke-grant", meta }, (unit) => revokeIn(unit, grantId, reason));

export interface RevokeCommand {
  readonly commandId: string;
  readonly target: Static<typeof authV1.revoke.request>["target"];
  readonly meta: EventMeta;
}

/** Several people of several providers may have one name: all of them are meant. */
const selectionsOf = async (parts: AuthParts, { target }: RevokeCommand): Promise<readonly GrantSelection[]> => {
  if (target.kind !== "login") return [target];
  const named = await subjectsNamed(parts.store.sql, parts.keys, target.id);
  return named.map((id) => ({ kind: "subject", id }));
};

const subjectsOf = async (parts: AuthParts, selection: GrantSelection): Promise<readonly string[]> => {
  if (selection.kind === "subject") return [selection.id];
  return selection.kind === "all" ? allSubjects(parts.store.sql) : [];
};

/** What would give a person's access back: sessions, codes under way, remembered consent; and what is kept for the servers they used. */
const signOutForGood = async (parts: AuthParts, { commandId, meta }: RevokeCommand, subjectId: string): Promise<void> => {
  await parts.handle({ name: "sign-out-subject", meta, commandId: `${commandId}/${subjectId}` }, async (unit) => {
    await forgetConsents(unit.sql, { subjectId });
    await unlink(unit, subjectId, { reason: "operator" });
    return signOut(unit, subjectId);
  });
};

/** The same of a client, whosoever's it is. */
const forgetClient = (parts: AuthParts, clientId: string): Promise<void> =>
  parts.store.transact(async ({ sql }) => {
    await forgetConsents(sql, { clientId });
    await voidCodes(sql, { clientId });
  });

/** Batch by batch. Each remembers its outcome: a repeated command answers the same number. */
const revokeSelected = async (parts: AuthParts, command: RevokeCommand, selection: GrantSelection): Promise<number> => {
  for (const subjectId of await subjectsOf(parts, selection)) await signOutForGood(parts, command, subjectId);
  if (selection.kind === "client") await forgetClient(parts, selection.id);
  let revoked = 0;
  for (let round = 0; ; round += 1) {
    const ended = await parts.handle({ name: "revoke-grants", meta: command.meta, commandId: `${command.commandId}/${"id" in selection ? selection.id : selection.kind}/${round}` }, async (unit) => {
      const grants = await activeGrants(unit.sql, selection, batch);
      for (const grantId of grants) await revokeIn(unit, grantId, "operator");
      return grants.length;
    });
    revoked += ended;
    if (ended < batch) return revoked;
  }
};

/** Ends every grant of a target. */
export const revokeGrants = async (parts: AuthParts, command: RevokeCommand): Promise<number> => {
  let revoked = 0;
  for (const selection of await selectionsOf(parts, command)) revoked += await revokeSelected(parts, command, selection);
  return revoked;
};

/** Ends what a person gave, all of it or one app's: as many batches as it takes. Their consent to it is forgotten with it. */
export const revokeOwnGrants = async (parts: AuthParts, of: { readonly subjectId: string; readonly app?: AppKey }, meta: EventMeta): Promise<number> => {
  let revoked = 0;
  for (;;) {
    const ended = await parts.handle({ name: "revoke-own-grants", meta }, async (unit) => {
      const grants = await grantsOfApp(unit.sql, of, batch);
      for (const grantId of grants) await revokeIn(unit, grantId, "person");
      await forgetConsents(unit.sql, { subjectId: of.subjectId, ...of.app });
      await voidCodes(unit.sql, { subjectId: of.subjectId, ...of.app });
      return grants.length;
    });
    revoked += ended;
    if (ended < batch) return revoked;
  }
};

/** Signs a person out in every browser, at their own wish; with `apps`, every app loses its access too. */
export const signOutEverywhere = async (parts: AuthParts, out: { readonly subjectId: string; readonly apps: boolean }, meta: EventMeta): Promise<void> => {
  await parts.handle({ name: "sign-out-everywhere", meta }, async (unit) => {
    if (!(await signOut(unit, out.subjectId))) throw new AppError("conflict", "nobody to sign out");
  });
  if (out.apps) await revokeOwnGrants(parts, { subjectId: out.subjectId }, meta);
};
