import { Secret } from "@mcp-auth-proxy/crypto";
import { AppError } from "@mcp-auth-proxy/contracts";
import type { FastifyRequest } from "fastify";
import { readToken } from "../auth/bearer.ts";
import { headerValues } from "../guard/headers.ts";
import type { Account, Accounts } from "../inject/accounts.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The account that the server works with, of whoever is asking; set by `admittedScope` where the server has one. */
    account?: Account;
  }
}

export type AccountFinder = (request: FastifyRequest) => Account | Promise<Account>;

/**
 * Finds the caller's account for a resource. The access token is read from the request once more, and only kept for as
 * long as this request: nothing else in the gateway holds on to one.
 */
export const accountFinder =
  (accounts: Accounts, resource: string): AccountFinder =>
  (request) => {
    const { caller } = request;
    const shown = readToken({ authorization: headerValues(request.raw.rawHeaders, "authorization"), query: "" });
    if (caller === undefined || !shown.ok) throw new AppError("internal", "a request came past the admission");
    const token = Secret.of(shown.value);
    return accounts.known(caller, token, resource) ?? accounts.find(caller, token, resource);
  };
