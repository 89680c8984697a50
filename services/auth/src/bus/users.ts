import type { Messenger, Subscription } from "@mcp-auth-proxy/bus";
import { authV1 } from "@mcp-auth-proxy/contracts";
import { listUsers } from "../accounts/users.ts";
import type { AuthParts } from "../parts.ts";

/** Who signed in here, for the operator. Logins are personal data: they leave auth in this answer only. */
export const serveUsers = (messenger: Messenger, parts: AuthParts): readonly Subscription[] => [
  messenger.serve(authV1.users, ({ limit }) => listUsers(parts.store.sql, parts.keys, { limit, now: parts.clock.now() })),
];
