import type { Messenger, Subscription } from "@mcp-auth-proxy/bus";
import { authV1 } from "@mcp-auth-proxy/contracts";
import { revokeGrants } from "../grants/revocation.ts";
import type { AuthParts } from "../parts.ts";

/** Also where nothing was left to end: that somebody tried is a fact. Once, however often the command is repeated. A login is a name and stays out. */
const recordCommand = (parts: AuthParts, commandId: string, facts: Readonly<Record<string, string | number>>): Promise<void> =>
  parts.handle({ name: "audit-revoke", commandId: `${commandId}/audit`, meta: { correlationId: commandId, actor: "auth" } }, async ({ sql, now }) => {
    await parts.audit.recordIn(sql, { kind: "operator-revoke", at: now, facts: { ...facts, commandId } });
  });

/** What operators ask for. Each is idempotent by its command id. */
export const serveCommands = (messenger: Messenger, parts: AuthParts): readonly Subscription[] => [
  messenger.serve(authV1.revoke, async ({ commandId, actor, target }) => {
    const revokedGrants = await revokeGrants(parts, { commandId, target, meta: { correlationId: commandId, actor } });
    await recordCommand(parts, commandId, { actor, target: target.kind, ...("id" in target && target.kind !== "login" ? { id: target.id } : {}), revokedGrants });
    parts.log.info({ kind: target.kind, revokedGrants, actor }, "grants revoked");
    return { revokedGrants };
  }),

  messenger.serve(authV1.rotateSigningKey, async ({ commandId, actor }) => {
    const kid = await parts.signingKeys.rotate({ commandId, meta: { correlationId: commandId, actor } });
    parts.log.info({ kid, actor }, "signing key rotated");
    return { kid };
  }),
];
