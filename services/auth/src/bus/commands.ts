import type { Messenger, Subscription } from "@mcp-auth-proxy/bus";
import { authV1 } from "@mcp-auth-proxy/contracts";
import { revokeGrants } from "../grants/revocation.ts";
import type { AuthParts } from "../parts.ts";

/** What operators ask for. Each is idempotent by its command id. */
export const serveCommands = (messenger: Messenger, parts: AuthParts): readonly Subscription[] => [
  messenger.serve(authV1.revoke, async ({ commandId, actor, target }) => {
    const revokedGrants = await revokeGrants(parts, { commandId, target, meta: { correlationId: commandId, actor } });
    parts.log.info({ kind: target.kind, revokedGrants, actor }, "grants revoked");
    return { revokedGrants };
  }),

  messenger.serve(authV1.rotateSigningKey, async ({ commandId, actor }) => {
    const kid = await parts.signingKeys.rotate({ commandId, meta: { correlationId: commandId, actor } });
    parts.log.info({ kid, actor }, "signing key rotated");
    return { kid };
  }),
];
