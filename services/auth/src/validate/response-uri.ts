/**
 * Where an authorization response goes: the redirect URI with our parameters after those it has (RFC 6749
 * section 4.1.2). Text only: URL() would rewrite what the client registered. `state` and `iss` arrive unchanged.
 */
export const responseUri = (redirectUri: string, parameters: Readonly<Record<string, string | undefined>>): string => {
  const query = Object.entries(parameters)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value.toWellFormed())}`]))
    .join("&");
  const separator = !redirectUri.includes("?") ? "?" : /[?&]$/.test(redirectUri) ? "" : "&";
  return `${redirectUri}${separator}${query}`;
};
