import type { FastifyInstance } from "fastify";
import type { AuthConfig } from "../config.ts";
import { renderLanding } from "../views/landing.ts";
import { basePath } from "./base-path.ts";
import { PageError } from "./page-error.ts";
import { languageOf, sendPage } from "./pages.ts";

/**
 * GET at the gateway's own address: what a person sees who opens it to find out whether it runs. With several
 * servers there is nothing to show: their names are for those who may use them.
 */
export const landingRoute = (scope: FastifyInstance, { issuer, resources }: Pick<AuthConfig, "issuer" | "resources">): void => {
  const [server, ...others] = resources;
  scope.get(`${basePath(issuer)}/`, async (request, reply) => {
    if (server === undefined || others.length > 0) throw new PageError("not-found", "no single server to show");
    const page = { serverName: server.displayName, mcpUrl: server.resource, shortName: server.name };
    return sendPage(reply, 200, renderLanding({ language: languageOf(request), ...page }));
  });
};
