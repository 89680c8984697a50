import { err, ok, type Result } from "@mcp-auth-proxy/contracts";

const maxResourceLength = 2048;

/** Scheme, authority, path. No query, no fragment (RFC 8707 section 2 forbids it), no userinfo, nothing encoded. */
const shape = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([A-Za-z0-9.:[\]_-]+)(\/[A-Za-z0-9._~/-]*)?$/;
const defaultPort: Readonly<Record<string, string>> = { http: ":80", https: ":443" };

/**
 * The form in which resources are compared. Scheme and host lose their case and the default port goes, as the
 * MCP text asks; one trailing slash goes, because clients differ in it; the path is otherwise left exactly as it came.
 * Done on the raw string: URL() would quietly resolve dot segments into another server's path.
 */
const comparable = (raw: string): string | undefined => {
  if (raw.length > maxResourceLength) return undefined;
  const [, scheme = "", authority = "", path = ""] = shape.exec(raw) ?? [];
  if (scheme === "") return undefined;
  const lowerScheme = scheme.toLowerCase();
  const port = defaultPort[lowerScheme];
  const host = authority.toLowerCase();
  const bareHost = port !== undefined && host.endsWith(port) ? host.slice(0, -port.length) : host;
  return `${lowerScheme}://${bareHost}${path.endsWith("/") ? path.slice(0, -1) : path}`;
};

/**
 * Which of our servers a request is for: the canonical resource, byte for byte as the metadata names it.
 * Without `resource` (clients of 2025-03-26) the only server is meant; with several there is no guessing.
 */
export const parseResource = (raw: string | undefined, ours: readonly string[]): Result<string, "invalid_target"> => {
  if (raw === undefined || raw === "") {
    const [only, ...others] = ours;
    return only !== undefined && others.length === 0 ? ok(only) : err("invalid_target");
  }
  const asked = comparable(raw);
  const match = asked === undefined ? undefined : ours.find((resource) => comparable(resource) === asked);
  return match === undefined ? err("invalid_target") : ok(match);
};

/** At the token endpoint: absent means the one that was bound; anything else than that one is refused (RFC 8707 section 2.2). */
export const parseBoundResource = (raw: string | undefined, bound: string): Result<string, "invalid_target"> => parseResource(raw, [bound]);
