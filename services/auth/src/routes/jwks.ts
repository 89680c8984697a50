import type { FastifyInstance } from "fastify";
import type { AuthParts } from "../parts.ts";
import { basePath } from "./base-path.ts";

/** GET /jwks (RFC 7517 section 5). Cached shortly: a new key must be seen soon after it signs. */
export const jwksRoute = (scope: FastifyInstance, parts: AuthParts): void => {
  scope.get(`${basePath(parts.config.issuer)}/jwks`, async (_request, reply) =>
    reply.header("cache-control", "public, max-age=60").send({ keys: await parts.signingKeys.published() }),
  );
};
