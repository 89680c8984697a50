import { err, ok, type Result } from "@mcp-auth-proxy/contracts";

/** A `client_id` that is the address of the client's own description. Compared and fetched exactly as it came. */
export interface ClientIdUrl {
  readonly raw: string;
  /** Host, with the port where there is one: who vouches for the description. */
  readonly shownHost: string;
}

export type ClientIdUrlProblem = "too_long" | "userinfo" | "fragment" | "query" | "malformed" | "no_path" | "dot_segments" | "host";

/** As long as a client id may be anywhere: it travels in tokens, events and rows. */
const maxClientIdLength = 512;

/** Characters of RFC 3986 alone: scheme, authority, path. */
const shape = /^https:\/\/([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[1-9][0-9]{0,4})?((?:\/(?:[A-Za-z0-9._~:@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)*)$/;

/** Ids that we make never begin so: that namespace belongs to client ID metadata documents (A4.1). */
export const isClientIdUrl = (clientId: string): boolean => clientId.startsWith("https://");

const hasDotSegments = (path: string): boolean => path.split("/").some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));

/**
 * A4.2, draft-ietf-oauth-client-id-metadata-document section 2. On the raw string: URL() would resolve dot segments, and
 * an id that two parsers read in two ways would be two clients. A query, which SHOULD NOT be there, is refused.
 */
export const parseClientIdUrl = (raw: string): Result<ClientIdUrl, ClientIdUrlProblem> => {
  if (raw.length > maxClientIdLength) return err("too_long");
  if (raw.includes("#")) return err("fragment");
  if (/^https:\/\/[^/?]*@/.test(raw)) return err("userinfo");
  if (raw.includes("?")) return err("query");
  const [matched, host = "", path = ""] = shape.exec(raw) ?? [];
  if (matched === undefined) return err("malformed");
  if (path === "") return err("no_path");
  if (hasDotSegments(path)) return err("dot_segments");
  const url = URL.canParse(raw) ? new URL(raw) : undefined;
  // What URL() would rewrite (decimal and octal addresses, odd IPv6, bad punycode) is not the host that a person reads.
  if (url === undefined || host.toLowerCase() !== url.hostname || host.endsWith(".")) return err("host");
  return ok({ raw, shownHost: url.host });
};
