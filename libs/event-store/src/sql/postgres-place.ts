import type { Secret } from "@mcp-auth-proxy/crypto";

/** Without user, password and parameters: what a sentence may name. */
export const databasePlace = (url: Secret<string>): string => {
  const { hostname, port, pathname } = new URL(url.reveal());
  return `${hostname === "" ? "the local socket" : hostname}:${port === "" ? 5432 : port}${pathname}`;
};
