import type { Envelope } from "../envelope.ts";
import { isStatelessRevision } from "../revisions.ts";

/**
 * Whether a posted message is of the modern era: what it says itself comes first, then the version header (MCP
 * 2026-07-28, versioning). `initialize` is of the session era, unless it really names a modern revision: clients
 * send the headers of both eras while they probe. `Mcp-Method` says nothing about the era.
 */
export const isModernMessage = (envelope: Envelope, versionHeader: string | undefined): boolean => {
  if (envelope.kind === "response") return false;
  const { method, statedVersion } = envelope;
  if (method === "initialize") return statedVersion !== undefined && isStatelessRevision(statedVersion);
  return statedVersion !== undefined || (versionHeader !== undefined && isStatelessRevision(versionHeader));
};
