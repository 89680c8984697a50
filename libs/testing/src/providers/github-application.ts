import type { UpstreamClient } from "./upstream-client.ts";

/** An application that somebody registered at GitHub. */
export interface GithubApplication extends UpstreamClient {
  /**
   * - `oauth-app` (the default): tokens `gho_…` with scopes, that never expire
   * - `github-app`: tokens `ghu_…` without scopes, that expire and come with a refresh token `ghr_…`
   */
  readonly kind?: "oauth-app" | "github-app";
  /** A GitHub App sees the organisations that it is installed in; absent: all. */
  readonly installedIn?: readonly string[];
}

/** The callback URL that a redirect URI leads to, by the rules of the kind of application; undefined: none. */
export function allowedRedirect({ kind = "oauth-app", redirectUris }: GithubApplication, asked: string | undefined): string | undefined {
  if (asked === undefined) return redirectUris[0];
  if (!URL.canParse(asked)) return undefined;
  const fits = kind === "github-app" ? (registered: string) => registered === asked : (registered: string) => isBelow(new URL(asked), new URL(registered));
  return redirectUris.some(fits) ? asked : undefined;
}

/** An OAuth App may be sent to subdirectories and subdomains of its callback URL, and to any port of a loopback address. */
function isBelow(asked: URL, registered: URL): boolean {
  const loopback = ["127.0.0.1", "[::1]"].includes(registered.hostname) && asked.hostname === registered.hostname;
  const host = asked.hostname === registered.hostname || asked.hostname.endsWith(`.${registered.hostname}`);
  const folder = registered.pathname.endsWith("/") ? registered.pathname : `${registered.pathname}/`;
  const path = asked.pathname === registered.pathname || asked.pathname.startsWith(folder);
  return asked.protocol === registered.protocol && host && (loopback || asked.port === registered.port) && path;
}
