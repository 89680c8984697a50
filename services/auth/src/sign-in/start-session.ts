import type { Secret } from "@mcp-auth-proxy/crypto";
import type { AuthParts } from "../parts.ts";
import { personOf, type SignedInBy } from "./complete.ts";

/** A right password for our own pages: a session, and no app gets anything. */
export const startOwnSession = (parts: AuthParts, by: Extract<SignedInBy, { method: "password" }>, correlationId: string): Promise<Secret<string> | undefined> =>
  parts.handle({ name: "start-session", meta: { correlationId, actor: by.login } }, async (unit) => (await personOf(parts, unit, by))?.sessionCookie);
