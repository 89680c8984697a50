/** Headers a browser may send to the endpoint; `Mcp-Param-*` has no fixed names and is added as asked for. */
const requestHeaders = [
  "Authorization",
  "Content-Type",
  "Accept",
  "MCP-Protocol-Version",
  "Mcp-Method",
  "Mcp-Name",
  "Mcp-Session-Id",
  "Last-Event-ID",
] as const;

/**
 * What lets an allowed page read the answer (Fetch standard, "CORS protocol"). Never with credentials: tokens are
 * sent by the page's own code, and cookies mean nothing at this endpoint.
 */
export const crossOriginHeaders = (origin: string | undefined): Readonly<Record<string, string>> =>
  origin === undefined
    ? { vary: "Origin" }
    : { vary: "Origin", "access-control-allow-origin": origin, "access-control-expose-headers": "WWW-Authenticate, Mcp-Session-Id, Retry-After" };

export const preflightHeaders = (askedFor: string | undefined): Readonly<Record<string, string>> => ({
  "access-control-allow-methods": "POST, GET, DELETE, OPTIONS",
  "access-control-allow-headers": [...requestHeaders, ...parameterHeaders(askedFor ?? "")].join(", "),
  "access-control-max-age": "600",
});

const parameterHeaders = (askedFor: string): readonly string[] =>
  askedFor
    .split(",")
    .map((name) => name.trim())
    .filter((name) => /^mcp-param-[a-z0-9-]{1,64}$/i.test(name))
    .slice(0, 32);
