import { AppError, type authV1, type EventMeta } from "@mcp-auth-proxy/contracts";
import type { Static } from "typebox";
import { type AppKey, grantsOfApp } from "../accounts/apps.ts";
import { forgetConsents } from "../accounts/consents.ts";
import { signOut } from "../accounts/sign-out.ts";
import { allSubjects, findSubject } from "../custody/subjects.ts";
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

const selectionOf = async (parts: AuthParts, { target }: RevokeCommand): Promise<GrantSelection | undefined> => {
  if (target.kind !== "login") return target;
  const subjectId = await findSubject(parts.store.sql, parts.keys, target.id);
  return subjectId === undefined ? undefined : { kind: "subject", id: subjectId };
};

const subjectsOf = async (parts: AuthParts, selection: GrantSelection): Promise<readonly string[]> => {
  if (selection.kind === "subject") return [selection.id];
  return selection.kind === "all" ? allSubjects(parts.store.sql) : [];
};

/** What would give a person's access back: sessions, codes under way, remembered consent. */
const signOutForGood = async (parts: AuthParts, { commandId, meta }: RevokeCommand, subjectId: string): Promise<void> => {
  await parts.handle({ name: "sign-out-subject", meta, commandId: `${commandId}/${subjectId}` }, async (unit) => {
    await forgetConsents(unit.sql, { subjectId });
    return signOut(unit, subjectId);
  });
};

/** The same of a client, whosoever's it is. */
const forgetClient = (parts: AuthParts, clientId: string): Promise<void> =>
  parts.store.transact(async ({ sql }) => {
    await forgetConsents(sql, { clientId });
    await voidCodes(sql, { clientId });
  });

/** Ends every grant of a target, batch by batch. Each batch remembers its outcome: a repeated command answers the same number. */
export const revokeGrants = async (parts: AuthParts, command: RevokeCommand): Promise<number> => {
  const selection = await selectionOf(parts, command);
  if (selection === undefined) return 0;
  for (const subjectId of await subjectsOf(parts, selection)) await signOutForGood(parts, command, subjectId);
  if (selection.kind === "client") await forgetClient(parts, selection.id);
  let revoked = 0;
  for (let round = 0; ; round += 1) {
    const ended = await parts.handle({ name: "revoke-grants", meta: command.meta, commandId: `${command.commandId}/${round}` }, async (unit) => {
      const grants = await activeGrants(unit.sql, selection, batch);
      for (const grantId of grants) await revokeIn(unit, grantId, "operator");
      return grants.length;
    });
    revoked += ended;
    if (ended < batch) return revoked;
  }
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
