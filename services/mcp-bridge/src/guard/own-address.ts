import { isLoopbackName, loopbackNames } from "@mcp-auth-proxy/http";

/** The origins that are this gateway: its own, and on loopback the other names of the same place. */
export const ownOrigins = (externalUrl: string): ReadonlySet<string> => {
  const { protocol, hostname, port, origin } = new URL(externalUrl);
  if (!isLoopbackName(hostname)) return new Set([origin]);
  return new Set([origin, ...loopbackNames.map((name) => `${protocol}//${name}${port === "" ? "" : `:${port}`}`)]);
};
