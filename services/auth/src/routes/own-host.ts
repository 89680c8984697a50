import { ownHosts } from "@mcp-auth-proxy/http";
import type { FastifyInstance } from "fastify";
import { PageError } from "./page-error.ts";

/**
 * Keeps the pages of a scope to names that are ours (C14). Under a name that its owner has pointed at us (DNS rebinding), a
 * page of another site is of our origin for the browser: it could read forms and try out passwords from a visitor's address.
 * The endpoints for clients need no such check: any origin may use them anyway, and none with cookies.
 */
export const requireOwnHost = (scope: FastifyInstance, issuer: string): void => {
  const isOwnHost = ownHosts(issuer);
  scope.addHook("onRequest", async ({ headers }) => {
    if (!isOwnHost(headers.host ?? "")) throw new PageError("foreign-host", "the name in Host is not ours");
  });
};
