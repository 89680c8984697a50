import { allowAnyOrigin } from "@mcp-auth-proxy/http";
import type { FastifyInstance } from "fastify";
import { baselineScope } from "../auth/challenge.ts";
import type { McpServer } from "../config.ts";
import type { Endpoint } from "./endpoint.ts";

/**
 * Protected resource metadata (RFC 9728): open to everyone, also to scripts of any page. Every form names the same
 * canonical resource, and the issuer byte for byte as the authorization server does. What is not known is 404 and
 * never 401: clients probe here before they have a token.
 */
export const mountMetadata = async (app: FastifyInstance, issuer: string, endpoints: readonly Endpoint<McpServer>[]): Promise<void> => {
  await app.register(async (scope) => {
    allowAnyOrigin(scope);
    for (const { server, metadataPaths } of endpoints) {
      const body = JSON.stringify({
        resource: server.resource,
        authorization_servers: [issuer],
        scopes_supported: [baselineScope],
        bearer_methods_supported: ["header"],
        resource_name: server.name,
      });
      for (const path of metadataPaths) scope.get(path, async (_request, reply) => reply.type("application/json").send(body));
    }
    scope.get("/.well-known/oauth-protected-resource/*", async (_request, reply) => reply.code(404).send({ error: "not_found" }));
  });
};
