import type { Caller } from "@mcp-auth-proxy/access-token";
import type { HttpServer, MappedHeader } from "../config.ts";
import { readAccept } from "../guard/headers.ts";
import type { Lease } from "../inject/lease.ts";
import type { Identity } from "../inject/identities.ts";
import { filled } from "../inject/template.ts";

/**
 * What of a client's headers goes on: what MCP gives a meaning. Everything else stays here, and so do a client's
 * Authorization, its cookies and whatever it says about who it is or where it comes from.
 */
const passedOn: ReadonlySet<string> = new Set(["accept", "mcp-protocol-version", "mcp-method", "mcp-name", "last-event-id"]);
const parameterHeader = /^mcp-param-[!#$%&'*+.^_`|~0-9a-z-]{1,128}$/;

export interface UpstreamHeaders {
  readonly server: HttpServer;
  readonly caller: Caller;
  /** As Node reads them: name, value, name, value. */
  readonly rawHeaders: readonly string[];
  readonly lease: Lease | undefined;
  /** There where the server is told who is calling. */
  readonly identity: Identity | undefined;
  /** The server's own id of the session. */
  readonly session: string | undefined;
  /** Whether a body of JSON goes with it. */
  readonly body: boolean;
}

/** The headers of a request to a server behind an address, each name once: later ones win over earlier ones. */
export const upstreamHeaders = ({ server, caller, rawHeaders, lease, identity, session, body }: UpstreamHeaders): Readonly<Record<string, string>> => {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? "";
    const value = rawHeaders[at + 1];
    if (value !== undefined && (passedOn.has(name) || parameterHeader.test(name))) headers.set(name, value);
  }
  const { json, eventStream } = readAccept(headers.get("accept"));
  // Servers look for these two names; `*/*` and nothing at all mean the same to a client.
  if (json && eventStream) headers.set("accept", "application/json, text/event-stream");
  // What is compressed could not be looked at, and a few bytes of it could become very many.
  headers.set("accept-encoding", "identity");
  headers.set("user-agent", "mcp-auth-proxy");
  if (body) headers.set("content-type", "application/json");
  if (session !== undefined) headers.set("mcp-session-id", session);
  // What the gateway says of a caller, a client never does: not where nothing is known of them either.
  for (const name of ownNames(server)) headers.delete(name.toLowerCase());
  for (const mapped of server.headerMapping ?? []) {
    const value = claimOf(mapped, caller, identity);
    if (value !== undefined) headers.set(mapped.header.toLowerCase(), value);
  }
  if (server.identityHeader !== undefined && identity !== undefined) headers.set(server.identityHeader.toLowerCase(), identity.assertion.reveal());
  for (const [name, value] of Object.entries(server.headers ?? {})) headers.set(name.toLowerCase(), value.reveal());
  if (server.bearerToken !== undefined) headers.set("authorization", `Bearer ${server.bearerToken.reveal()}`);
  if (lease !== undefined && server.inject?.kind === "header") headers.set(server.inject.name.toLowerCase(), filled(server.inject.template, lease));
  return Object.fromEntries(headers);
};

const ownNames = ({ headerMapping = [], identityHeader, inject }: HttpServer): readonly string[] => [
  ...headerMapping.map(({ header }) => header),
  ...(identityHeader === undefined ? [] : [identityHeader]),
  ...(inject?.kind === "header" ? [inject.name] : []),
];

/** Facts of a caller, by JSON pointer (RFC 6901). */
export const mappableClaims = ["/sub", "/client_id", "/scope", "/email", "/preferred_username"] as const;

const claimOf = ({ claim }: MappedHeader, { subject, client, scopes }: Caller, identity: Identity | undefined): string | undefined => {
  const claims: Readonly<Record<string, string | undefined>> = {
    "/sub": subject,
    "/client_id": client,
    "/scope": scopes.join(" "),
    "/email": identity?.email,
    "/preferred_username": identity?.preferredUsername,
  };
  const value = claims[claim];
  // An id of a client may be any text; in a header only what can not end it may stand.
  return value !== undefined && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) ? value : undefined;
};
