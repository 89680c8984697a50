import { Secret } from "@mcp-auth-proxy/crypto";
import { AppError } from "@mcp-auth-proxy/contracts";
import type { FastifyRequest } from "fastify";
import { readToken } from "../auth/bearer.ts";
import { headerValues } from "../guard/headers.ts";
import type { McpServer } from "../config.ts";
import type { Account, Accounts } from "../inject/accounts.ts";
import { type Outfit, outfitOf } from "../inject/outfit.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The account that the server works with, of whoever is asking; set by `admittedScope` where the server has one. */
    account?: Account;
    /** What of it goes into a process of the server's. */
    outfit?: Outfit;
  }
}

export type AccountFinder = (request: FastifyRequest) => void | Promise<void>;

/**
 * Finds the caller's account for a server. The access token is read from the request once more, and only kept for as
 * long as this request: nothing else in the gateway holds on to one.
 */
export const accountFinder =
  (accounts: Accounts, { resource, inject, provider }: McpServer): AccountFinder =>
  (request) => {
    const { caller } = request;
    const shown = readToken({ authorization: headerValues(request.raw.rawHeaders, "authorization"), query: "" });
    if (caller === undefined || !shown.ok) throw new AppError("internal", "a request came past the admission");
    const living = { caller, token: Secret.of(shown.value), ...(provider === undefined ? {} : { provider }) };
    const found = (account: Account): void => {
      request.account = account;
      const outfit = account.lease.ok ? outfitOf(inject, account.lease.value) : undefined;
      if (outfit !== undefined) request.outfit = outfit;
    };
    const known = accounts.known(living, resource);
    return known === undefined ? accounts.find(living, resource).then(found) : found(known);
  };
