import { allowAnyOrigin } from "@mcp-auth-proxy/http";
import type { FastifyInstance } from "fastify";
import { authorizationServerMetadata, metadataPaths, type MetadataConfig } from "./authorization-server-metadata.ts";

/**
 * The authorization server's metadata: the same bytes at every variant of its address, to anyone.
 * Whatever else lies under /.well-known is 404 and never 401: clients probe there, and take a 401 for a broken server.
 */
export const metadataRoutes = async (app: FastifyInstance, config: MetadataConfig): Promise<void> => {
  const document = JSON.stringify(authorizationServerMetadata(config));
  await app.register(async (scope) => {
    allowAnyOrigin(scope);
    for (const path of metadataPaths(config.issuer)) {
      scope.get(path, async (_request, reply) =>
        reply.headers({ "content-type": "application/json", "cache-control": "public, max-age=60" }).send(document),
      );
    }
    scope.get("/.well-known/*", async (_request, reply) => reply.code(404).send({ error: "not_found" }));
  });
};
