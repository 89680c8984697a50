import type { FastifyRequest } from "fastify";
import type { HttpServer } from "../config.ts";
import type { Identities, Identity } from "../inject/identities.ts";
import { callerOf } from "./scope.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who is calling, for a server that is told; set by `admittedScope`. */
    identity?: Identity;
  }
}

export type IdentityFinder = (request: FastifyRequest) => Promise<void>;

const named = new Set(["/email", "/preferred_username"]);

/** Undefined where the server is told no more than the access token says. */
export const identityFinder = (identities: Identities, { resource, identityHeader, headerMapping = [] }: HttpServer): IdentityFinder | undefined => {
  if (identityHeader === undefined && !headerMapping.some(({ claim }) => named.has(claim))) return undefined;
  return async (request) => {
    const caller = callerOf(request);
    request.identity = identities.known(caller, resource) ?? (await identities.find(caller, resource));
  };
};
