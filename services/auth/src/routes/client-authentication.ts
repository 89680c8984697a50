import { clientAddress, OAuthError, type Parameters } from "@mcp-auth-proxy/http";
import type { FastifyRequest } from "fastify";
import { claimedClient, clientAssertionProblem } from "../clients/client-assertion.ts";
import { isClientSecret } from "../clients/client-secret.ts";
import { type Credential, parseCredential } from "../clients/credential.ts";
import { findClient } from "../clients/find-client.ts";
import type { KnownClient } from "../clients/known-client.ts";
import type { AuthParts } from "../parts.ts";
import { addressBlock } from "../validate/address-block.ts";
import { clientTokenError } from "./client-problem.ts";

/** RFC 6749 section 5.2: who used the header is answered in its terms. */
const refusal = (request: FastifyRequest, detail: string): OAuthError => {
  const headers = request.headers.authorization === undefined ? {} : { "www-authenticate": 'Basic realm="token"' };
  return new OAuthError("invalid_client", detail, { headers });
};

const requireCredential = (request: FastifyRequest, parameters: Parameters): Credential => {
  const credential = parseCredential(request.headers.authorization, parameters);
  if (credential.ok) return credential.value;
  if (credential.error === "several_methods") throw new OAuthError("invalid_request", "several client authentication methods");
  throw refusal(request, credential.error);
};

const claimedId = (credential: Credential): string | undefined => {
  if (credential.kind !== "assertion") return credential.clientId;
  return credential.clientId ?? claimedClient(credential.assertion);
};

const requireKnown = async (parts: AuthParts, request: FastifyRequest, id: string, address: string): Promise<KnownClient> => {
  const found = await findClient(parts, id, address);
  if (found.ok) return found.value;
  throw clientTokenError(found.error) ?? refusal(request, `no client: ${found.error}`);
};

/**
 * Why the credential does not prove the client; undefined when it does. Header and body are one method to us: clients mix them
 * up, and a secret is no safer in one than in the other. A public client that sends a secret believes in a protection that
 * is not there, and is refused.
 */
const problemOf = async (parts: AuthParts, client: KnownClient, credential: Credential, address: string): Promise<string | undefined> => {
  const { authentication } = client.facts;
  switch (authentication?.method) {
    case undefined:
      return credential.kind === "none" ? undefined : "a public client sent a credential";
    case "client_secret_basic":
    case "client_secret_post":
      if (credential.kind !== "secret") return "no client secret";
      return isClientSecret(parts.keys.pepper, credential.secret.reveal(), authentication.secretFingerprint) ? undefined : "wrong client secret";
    case "private_key_jwt":
      if (credential.kind !== "assertion") return "no client assertion";
      return clientAssertionProblem(parts, { client, assertion: credential.assertion, source: authentication.keys, address });
    default:
      return authentication satisfies never;
  }
};

/**
 * The client that sends this request, proven by the method that it registered (RFC 6749 section 3.2.1). A public client
 * names itself and proves nothing.
 */
export const requireClient = async (parts: AuthParts, request: FastifyRequest, parameters: Parameters): Promise<KnownClient> => {
  const credential = requireCredential(request, parameters);
  const address = addressBlock(clientAddress(request));
  const client = await requireKnown(parts, request, claimedId(credential) ?? "", address);
  const problem = await problemOf(parts, client, credential, address);
  if (problem !== undefined) throw refusal(request, problem);
  return client;
};
