import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { Envelope } from "./envelope.ts";
import { type JsonRpcError, jsonRpcCodes } from "./json-rpc.ts";
import { isSessionRevision, isStatelessRevision, revisionWithoutHeader, type SessionRevision, sessionRevisions } from "./revisions.ts";

/** The revision under which a message is understood, or the JSON-RPC error that goes out with HTTP 400. */
export type Classified = Result<SessionRevision, JsonRpcError>;

/**
 * Decides by what the message itself says, then by the version header (MCP 2026-07-28, versioning). `initialize`
 * is always of the session era, whatever its headers: clients send the headers of both while they probe.
 * `Mcp-Method` says nothing about the era either.
 */
export const classify = (envelope: Envelope, versionHeader: string | undefined): Classified => {
  if (envelope.kind === "request" && envelope.method === "initialize") return ok(revisionWithoutHeader);
  const stated = envelope.kind === "response" ? undefined : envelope.statedVersion;
  if (stated !== undefined) return err(unsupportedVersion(stated));
  const fault = checkVersionHeader(versionHeader);
  if (fault !== undefined) return err(fault);
  return ok(versionHeader !== undefined && isSessionRevision(versionHeader) ? versionHeader : revisionWithoutHeader);
};

/** The error of a version header that names no revision with sessions; none when there is no header. */
export const checkVersionHeader = (versionHeader: string | undefined): JsonRpcError | undefined => {
  if (versionHeader === undefined || isSessionRevision(versionHeader)) return undefined;
  return isStatelessRevision(versionHeader) ? unsupportedVersion(versionHeader) : badVersionHeader;
};

const badVersionHeader: JsonRpcError = {
  code: jsonRpcCodes.invalidRequest,
  message: "The MCP-Protocol-Version header names no revision that is spoken here.",
  data: { supported: sessionRevisions },
};

/** `requested` is asked for by the specification; only a date is repeated, nothing else that a client may write. */
const unsupportedVersion = (requested: string): JsonRpcError => ({
  code: jsonRpcCodes.unsupportedVersion,
  message: "Unsupported protocol version.",
  data: { supported: sessionRevisions, ...(/^\d{4}-\d{2}-\d{2}$/.test(requested) ? { requested } : {}) },
});
