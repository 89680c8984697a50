import { err, ok, type Result } from "@mcp-auth-proxy/contracts";

export type OutboundUrlProblem = "too_long" | "scheme" | "userinfo" | "fragment" | "malformed" | "dot_segments" | "host";

const maxUrlLength = 2048;

/** Only the characters of RFC 3986: no space, control, backslash or anything beyond ASCII; percent signs only as octets. */
const shape = /^(https?):\/\/([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[1-9][0-9]{0,4})?((?:\/(?:[A-Za-z0-9._~:/@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?)(?:\?(?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?$/;
const loopbackHosts: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

const hasDotSegments = (path: string): boolean => path.split("/").some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));

/** What URL() would rewrite (decimal and octal addresses, odd IPv6, bad punycode) is not the host that was asked for. */
const isPlainHost = (host: string, url: URL): boolean => host.toLowerCase() === url.hostname && !host.endsWith(".");

/**
 * Where a request may go, as far as the text tells. The raw string is checked before URL() could tidy it up: a string
 * that two parsers read in two ways is refused. http only to loopback, and only where that is allowed.
 */
export const parseOutboundUrl = (raw: string, options: { readonly allowLoopback: boolean }): Result<URL, OutboundUrlProblem> => {
  if (raw.length > maxUrlLength) return err("too_long");
  if (!/^https?:\/\//.test(raw)) return err("scheme");
  if (raw.includes("#")) return err("fragment");
  if (/^https?:\/\/[^/?]*@/.test(raw)) return err("userinfo");
  const [, scheme = "", host = "", path = ""] = shape.exec(raw) ?? [];
  if (scheme === "") return err("malformed");
  if (hasDotSegments(path)) return err("dot_segments");
  if (!URL.canParse(raw)) return err("host");
  const url = new URL(raw);
  if (!isPlainHost(host, url)) return err("host");
  if (scheme === "http" && !(options.allowLoopback && loopbackHosts.has(url.hostname))) return err("scheme");
  return ok(url);
};
