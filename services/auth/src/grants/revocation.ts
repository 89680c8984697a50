import type { authV1, EventMeta } from "@mcp-auth-proxy/contracts";
import type { Unit } from "@mcp-auth-proxy/event-store";
import { type AppKey, grantsOfApp } from "../accounts/apps.ts";
import { forgetConsents } from "../accounts/consents.ts";
import { endSessions } from "../accounts/sessions.ts";
import { dropLinks } from "../custody/refresh-links.ts";
import { allSubjects, findSubject } from "../custody/subjects.ts";
import { grantDecider, type GrantRevocationReason } from "../domain/grant.ts";
import { subjectDecider } from "../domain/subject.ts";
import type { AuthParts } from "../parts.ts";
import { activeGrants, type GrantSelection } from "../read-models/grants.ts";
import type { Static } from "typebox";

/** Grants ended in one transaction: everything else waits meanwhile. */
const batch = 100;

const revokeIn = async (unit: Unit, grantId: string, reason: GrantRevocationReason): Promise<boolean> => {
  const revoked = await unit.execute(grantDecider, grantId, { type: "RevokeGrant", reason, now: unit.now });
  await dropLinks(unit.sql, grantId);
  if (revoked.ok && revoked.value.state.status === "revoked") {
    const { subjectId, clientId, resource } = revoked.value.state;
    await forgetConsents(unit.sql, { subjectId, clientId, resource });
  }
  return revoked.ok && revoked.value.events.length > 0;
};

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

/** Ends their browser sessions and voids codes that were issued and not redeemed yet: else one of them would give back what was just taken. */
const signOut = async (parts: AuthParts, { commandId, meta }: RevokeCommand, subjectId: string): Promise<void> => {
  await parts.handle({ name: "sign-out-subject", meta, commandId: `${commandId}/${subjectId}` }, async (unit) => {
    const signedOut = await unit.execute(subjectDecider, subjectId, { type: "SignOutSubject", now: unit.now });
    await endSessions(unit.sql, subjectId);
    await forgetConsents(unit.sql, { subjectId });
    return signedOut.ok;
  });
};

/** Ends every grant of a target, batch by batch. Each batch remembers its outcome: a repeated command answers the same number. */
export const revokeGrants = async (parts: AuthParts, command: RevokeCommand): Promise<number> => {
  const selection = await selectionOf(parts, command);
  if (selection === undefined) return 0;
  for (const subjectId of await subjectsOf(parts, selection)) await signOut(parts, command, subjectId);
  if (selection.kind === "client") await parts.store.transact(({ sql }) => forgetConsents(sql, { clientId: selection.id }));
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
      return grants.length;
    });
    revoked += ended;
    if (ended < batch) return revoked;
  }
};
