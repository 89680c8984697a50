import { OAuthError, type Parameters } from "@mcp-auth-proxy/http";
import type { FastifyRequest } from "fastify";
import { knownClient, type KnownClient } from "../clients/known-client.ts";
import type { AuthParts } from "../parts.ts";

/**
 * Every client is public: it names itself and proves nothing (RFC 6749 section 3.2.1). One that sends a secret believes
 * in a protection that is not there, and is refused; an empty one is what some clients send for none.
 */
export const requireClient = async (parts: AuthParts, request: FastifyRequest, parameters: Parameters): Promise<KnownClient> => {
  if (request.headers.authorization !== undefined) {
    throw new OAuthError("invalid_client", "client authentication by header", { headers: { "www-authenticate": 'Basic realm="token"' } });
  }
  if (parameters.has("client_secret") || parameters.has("client_assertion")) throw new OAuthError("invalid_client", "a public client sent a credential");
  const { store, clock } = parts;
  const client = await knownClient(parts, store.sql, parameters.get("client_id") ?? "", clock.now());
  if (client === undefined) throw new OAuthError("invalid_client", "no such client");
  return client;
};
