import type { EventMeta } from "@mcp-auth-proxy/contracts";

/** Who does things in tests. */
export const meta: EventMeta = { correlationId: "correlation", actor: "tester" };
