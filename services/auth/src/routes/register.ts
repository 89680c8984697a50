import type { Clock } from "@mcp-auth-proxy/contracts";
import { randomToken, type Secret } from "@mcp-auth-proxy/crypto";
import { allowAnyOrigin, clientAddress, OAuthError } from "@mcp-auth-proxy/http";
import type { Kv } from "@mcp-auth-proxy/kv";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { mintClientSecret } from "../clients/client-secret.ts";
import type { AuthConfig } from "../config.ts";
import type { AuthKeys } from "../custody/keys.ts";
import type { ClientAuthentication } from "../domain/client.ts";
import { clientId } from "../domain/ids.ts";
import { addressKey, overRate, retryAfter } from "../limits/rate.ts";
import type { Registrations, UnconfirmedRegistration } from "../ports/registrations.ts";
import { addressBlock } from "../validate/address-block.ts";
import { parseClientMetadata, type ClientMetadata } from "../validate/client-metadata.ts";
import { basePath } from "./base-path.ts";

export interface RegisterDependencies {
  readonly config: Pick<AuthConfig, "issuer" | "resources" | "clientRedirectSchemes" | "limits">;
  readonly registrations: Registrations;
  readonly keys: Pick<AuthKeys, "pepper">;
  readonly kv: Kv;
  readonly clock: Clock;
  readonly log: Log;
}

/** Bytes. Twenty long redirect URIs fit; a book does not. */
const bodyLimit = 49_152;
/** Registrations in a minute. A hosted client registers for all its users from a few addresses. */
const perMinute = { address: 30, inAll: 300 } as const;
const minuteMs = 60_000;

const requireRate = async ({ kv, keys }: RegisterDependencies, address: string): Promise<void> => {
  const waitMs = await overRate(kv, [
    { key: addressKey(keys, "register", address), most: perMinute.address, windowMs: minuteMs },
    { key: "register:all", most: perMinute.inAll, windowMs: minuteMs },
  ]);
  if (waitMs !== undefined) throw new OAuthError("slow_down", "registration rate", { headers: { "retry-after": retryAfter(waitMs) } });
};

const jsonBody = (request: FastifyRequest): unknown => {
  const type = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json" || typeof request.body !== "string") throw new OAuthError("invalid_client_metadata", "the body is not JSON");
  try {
    return JSON.parse(request.body);
  } catch (cause) {
    throw new OAuthError("invalid_client_metadata", "the body is not JSON", { cause });
  }
};

const requireMetadata = (body: unknown, { config }: RegisterDependencies): ClientMetadata => {
  const metadata = parseClientMetadata(body, { schemes: config.clientRedirectSchemes, issuer: config.issuer, catalogue: config.resources.flatMap(({ scopes = [] }) => scopes) });
  if (!metadata.ok) throw new OAuthError(metadata.error.code, metadata.error.detail);
  return metadata.value;
};

const save = async (registration: UnconfirmedRegistration, { config, registrations }: RegisterDependencies): Promise<void> => {
  const { registrationsPerAddress: perAddress, registrationsInAll: inAll } = config.limits;
  const saved = await registrations.save(registration, { perAddress, inAll });
  // When rows fall free depends on others: an hour is a guess that keeps a waiting client from hammering.
  if (!saved.ok) throw new OAuthError("slow_down", saved.error, { headers: { "retry-after": "3600" } });
};

/** What a confidential client proves itself by, with the secret that it is told once. */
interface Issued {
  readonly authentication?: ClientAuthentication;
  readonly secret?: Secret<string>;
}

const issueAuthentication = ({ tokenEndpointAuthMethod: method, keys }: ClientMetadata, { pepper }: Pick<AuthKeys, "pepper">): Issued => {
  if (keys !== undefined && method === "private_key_jwt") return { authentication: { method, keys } };
  if (method !== "client_secret_basic" && method !== "client_secret_post") return {};
  const { secret, secretFingerprint } = mintClientSecret(pepper);
  return { authentication: { method, secretFingerprint }, secret };
};

/**
 * Whether the answer would cross a network in clear: by our own address, or by what the edge says of this request. Whoever
 * forges the header gets no secret, and that is all.
 */
const isInClear = (request: FastifyRequest, issuer: string): boolean => {
  const { protocol, hostname } = new URL(issuer);
  if (protocol === "http:") return !["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return String(request.headers["x-forwarded-proto"] ?? "").split(",").at(-1)?.trim().toLowerCase() === "http";
};

/** No secret over plain http (A14): the next one to use it could be anybody. */
const requireSafePassage = (request: FastifyRequest, issuer: string, { tokenEndpointAuthMethod: method }: ClientMetadata): void => {
  if (method.startsWith("client_secret_") && isInClear(request, issuer)) throw new OAuthError("invalid_client_metadata", "a client secret over plain http");
};

/** What is in effect (RFC 7591 section 3.2.1), which may be less than was asked for. The secret is in no other answer. */
const answer = ({ clientId: id, metadata, issuedAt }: UnconfirmedRegistration, { secret, authentication }: Issued): Readonly<Record<string, unknown>> => ({
  client_id: id,
  ...(secret === undefined ? {} : { client_secret: secret.reveal(), client_secret_expires_at: 0 }),
  client_id_issued_at: Math.floor(issuedAt / 1000),
  client_name: metadata.clientName,
  redirect_uris: metadata.redirectUris,
  grant_types: metadata.grantTypes,
  response_types: metadata.responseTypes,
  token_endpoint_auth_method: metadata.tokenEndpointAuthMethod,
  scope: metadata.scope,
  application_type: metadata.applicationType,
  ...(authentication?.method !== "private_key_jwt" ? {} : "jwks" in authentication.keys ? { jwks: { keys: authentication.keys.jwks } } : { jwks_uri: authentication.keys.jwksUri }),
});

/**
 * POST /register (RFC 7591), open to anyone and so bounded in every way: rate, size, number of rows, their life.
 * Nothing is appended to the log: a client counts once somebody completed an authorization with it.
 */
export const registerRoute = async (app: FastifyInstance, dependencies: RegisterDependencies): Promise<void> => {
  const { config, clock, log } = dependencies;
  await app.register(async (scope) => {
    allowAnyOrigin(scope);
    scope.post(`${basePath(config.issuer)}/register`, { bodyLimit }, async (request, reply) => {
      const address = addressBlock(clientAddress(request));
      await requireRate(dependencies, address);
      const metadata = requireMetadata(jsonBody(request), dependencies);
      requireSafePassage(request, config.issuer, metadata);
      const issued = issueAuthentication(metadata, dependencies.keys);
      const issuedAt = clock.now();
      // Never an https URL: that namespace belongs to client ID metadata documents (A4.1).
      const registration = {
        clientId: clientId(`mcp_client_${randomToken(16)}`),
        metadata,
        ...(issued.authentication === undefined ? {} : { authentication: issued.authentication }),
        issuedAt,
        expiresAt: issuedAt + config.limits.registrationTtlMs,
        address,
      };
      await save(registration, dependencies);
      log.info({ clientId: registration.clientId, redirectUris: metadata.redirectUris.length }, "client registered");
      return reply.code(201).header("cache-control", "no-store").send(answer(registration, issued));
    });
  });
};
