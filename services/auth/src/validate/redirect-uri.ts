import { err, ok, type Result } from "@mcp-auth-proxy/contracts";

/** Where codes may be sent. `schemes` are the private-use ones (RFC 8252 section 7.1) that the operator lists. */
export interface RedirectUriPolicy {
  readonly schemes: readonly string[];
  /** Our own base URL: no page of ours is ever a client's redirect URI. */
  readonly issuer: string;
}

/** A redirect URI that may be used. `raw` is what is compared, stored and sent; the rest is for showing. */
export interface RedirectUri {
  readonly raw: string;
  readonly kind: "https" | "loopback" | "private-use";
  /** Host, with the port where there is one; with the scheme for a private-use URI. */
  readonly shownHost: string;
}

export type RedirectUriProblem =
  | "too_long"
  | "malformed"
  | "dangerous_scheme"
  | "scheme_not_listed"
  | "insecure_http"
  | "fragment"
  | "userinfo"
  | "host_refused"
  | "path_refused"
  | "our_own_address";

const maxUriLength = 2048;

/** Schemes that run or read something where they are opened. No setting allows them. */
const dangerousSchemes: ReadonlySet<string> = new Set(
  "javascript vbscript data file blob filesystem about view-source jar intent chrome chrome-extension moz-extension resource ms-appinstaller ms-msdt search-ms shell".split(
    " ",
  ),
);

/** Only the characters of RFC 3986, percent signs only as octets: no space, backslash, control or non-ASCII character. */
const uriShape = /^([A-Za-z][A-Za-z0-9+.-]*):((?:[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)$/;
/** Authority, path, query of what follows the scheme. */
const hierarchy = /^(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?$/;
const webAuthority = /^([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\])(?::[1-9][0-9]{0,4})?$/;
/** Exactly these spellings: `127.1`, `2130706433` and `LOCALHOST` would pass URL() as loopback. */
const loopbackShape = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?::[1-9][0-9]{0,4})?((?:[/?].*)?)$/;

/** An octet that no honest client encodes in a path: a separator, a control, or a character that needs no encoding. */
const trickOctet = (hex: string): boolean => {
  const character = String.fromCharCode(Number.parseInt(hex, 16));
  return /[A-Za-z0-9._~/\\%-]/.test(character) || character < " " || character === "\u007f";
};
const octets = (text: string): readonly string[] => [...text.matchAll(/%([0-9A-Fa-f]{2})/g)].map(([, hex = ""]) => hex);

const pathProblem = (path: string, query: string): boolean =>
  path.split("/").some((segment) => segment === "." || segment === "..") ||
  octets(path).some(trickOctet) ||
  octets(query).some((hex) => Number.parseInt(hex, 16) < 0x20 || hex.toLowerCase() === "7f");

const loopbackHosts: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Any page of ours: a callback would take the code for a provider's, and the way "back" to `/authorize` would let a client
 * ask as if the person had come from ourselves (A03). On loopback the other names of the machine are the same place.
 */
const isOurs = (url: URL, issuer: string): boolean => {
  const own = new URL(issuer);
  const bothLoopback = loopbackHosts.has(url.hostname) && loopbackHosts.has(own.hostname) && url.port === own.port;
  if (url.origin !== own.origin && !bothLoopback) return false;
  const base = own.pathname.replace(/\/$/, "");
  return url.pathname === base || url.pathname.startsWith(`${base}/`);
};

const webHostProblem = (authority: string, url: URL): boolean => {
  const [, host = ""] = webAuthority.exec(authority) ?? [];
  // What URL() would rewrite (decimal and octal addresses, odd IPv6, bad punycode) is not the host that a person reads.
  return host === "" || host.toLowerCase() !== url.hostname;
};

const parseWeb = (raw: string, authority: string, policy: RedirectUriPolicy): Result<RedirectUri, RedirectUriProblem> => {
  const loopback = loopbackShape.test(raw);
  if (raw.startsWith("http:") && !loopback) return err("insecure_http");
  if (!loopback && !raw.startsWith("https://")) return err("malformed");
  if (!URL.canParse(raw)) return err("host_refused");
  const url = new URL(raw);
  if (webHostProblem(authority, url)) return err("host_refused");
  if (isOurs(url, policy.issuer)) return err("our_own_address");
  return ok({ raw, kind: loopback ? "loopback" : "https", shownHost: url.host });
};

/** One URI by itself: may codes ever be sent there? Every check is on the raw string, before URL() could tidy it up. */
export const parseRedirectUri = (raw: string, policy: RedirectUriPolicy): Result<RedirectUri, RedirectUriProblem> => {
  if (raw.length > maxUriLength) return err("too_long");
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(raw)?.[1]?.toLowerCase() ?? "";
  if (dangerousSchemes.has(scheme)) return err("dangerous_scheme");
  const rest = uriShape.exec(raw)?.[2];
  if (rest === undefined) return err("malformed");
  if (rest.includes("#")) return err("fragment");
  const [, authority, path = "", query = ""] = hierarchy.exec(rest) ?? [];
  if (authority?.includes("@") === true) return err("userinfo");
  if (pathProblem(path, query)) return err("path_refused");
  if (scheme === "http" || scheme === "https") return parseWeb(raw, authority ?? "", policy);
  if (!policy.schemes.some((listed) => listed.toLowerCase() === scheme)) return err("scheme_not_listed");
  if (authority?.includes("%") === true) return err("host_refused");
  return ok({ raw, kind: "private-use", shownHost: authority === undefined ? `${scheme}:` : `${scheme}://${authority}` });
};

/** A loopback URI without its port: native apps listen on whatever port is free (RFC 8252 section 7.3). */
const withoutPort = (raw: string): string | undefined => {
  const [, host, rest = ""] = loopbackShape.exec(raw) ?? [];
  return host === undefined ? undefined : `${host}${rest}`;
};

/** Byte for byte; for http loopback the port alone is free. `localhost` and `127.0.0.1` are two different hosts. */
const isSame = (requested: string, registered: string): boolean => {
  const portless = withoutPort(requested);
  return requested === registered || (portless !== undefined && portless === withoutPort(registered));
};

/**
 * The URI of an authorization request against those of the client (OAuth 2.1 section 2.3.1). Absent means the
 * only one there is. The policy is asked again: a scheme may have left the list since the client registered.
 */
export const matchRedirectUri = (
  requested: string | undefined,
  registered: readonly string[],
  policy: RedirectUriPolicy,
): Result<RedirectUri, "missing" | "mismatch" | RedirectUriProblem> => {
  const [only, ...others] = registered;
  const wanted = requested === undefined || requested === "" ? (others.length === 0 ? only : undefined) : requested;
  if (wanted === undefined) return err("missing");
  return registered.some((known) => isSame(wanted, known)) ? parseRedirectUri(wanted, policy) : err("mismatch");
};
