import type { AuthConfig } from "../config.ts";
import { type ClientAuthMethod, clientAuthMethods, registrableGrantTypes } from "../validate/client-metadata.ts";
import { grantTypes, type GrantType } from "../validate/grant-type.ts";
import { supportedScopes } from "../validate/scope.ts";
import { assertionAlgorithms } from "../tokens/signed-assertion.ts";
import { basePath } from "./base-path.ts";

export type MetadataConfig = Pick<AuthConfig, "issuer" | "resources" | "clientRegistration" | "clientIdMetadata" | "clients" | "idJagIssuers" | "pkce">;

/**
 * How clients may prove themselves. `none` only where a public client can exist: whoever reads it there may leave out the
 * secret that it has (the official suite does). A secret is taken from header and body alike.
 */
const authMethods = ({ clients, clientRegistration, clientIdMetadata }: MetadataConfig): readonly ClientAuthMethod[] => {
  const used = new Set<ClientAuthMethod>(clients.map(({ authentication }) => authentication?.method ?? "none"));
  // What a document may say (A4.10).
  if (clientIdMetadata) used.add("none").add("private_key_jwt");
  // Without any of the three there can still be clients that registered while it was on.
  if (clientRegistration || used.size === 0) return clientAuthMethods;
  const secrets = used.has("client_secret_basic") || used.has("client_secret_post");
  return clientAuthMethods.filter((method) => used.has(method) || (secrets && method.startsWith("client_secret_")));
};

const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** What clients may register for, and what the operator gave to one of theirs. */
const usableGrantTypes = ({ clients, idJagIssuers }: MetadataConfig): readonly GrantType[] =>
  grantTypes.filter((type) => {
    if (registrableGrantTypes.some((known) => known === type)) return true;
    return clients.some((client) => client.grantTypes.includes(type)) && (type !== jwtBearer || idJagIssuers.length > 0);
  });

/** Methods for one endpoint; how assertions may be signed, where they are taken (RFC 8414 section 2). */
const endpointAuth = (endpoint: string, methods: readonly ClientAuthMethod[]): Readonly<Record<string, readonly string[]>> => ({
  [`${endpoint}_endpoint_auth_methods_supported`]: methods,
  ...(methods.includes("private_key_jwt") ? { [`${endpoint}_endpoint_auth_signing_alg_values_supported`]: assertionAlgorithms } : {}),
});

/** RFC 8414 section 2: what works here, and nothing else. Clients take a listed method at its word. */
export const authorizationServerMetadata = (config: MetadataConfig): Readonly<Record<string, unknown>> => {
  const { issuer, clientRegistration, clientIdMetadata, pkce } = config;
  const methods = authMethods(config);
  const grants = usableGrantTypes(config);
  const confidential = methods.filter((method) => method !== "none");
  return {
    // Byte for byte the `iss` of responses and tokens: clients compare without any normalisation.
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    ...(clientRegistration ? { registration_endpoint: `${issuer}/register` } : {}),
    ...(clientIdMetadata ? { client_id_metadata_document_supported: true } : {}),
    revocation_endpoint: `${issuer}/revoke`,
    ...(confidential.length === 0 ? {} : { introspection_endpoint: `${issuer}/introspect`, ...endpointAuth("introspection", confidential) }),
    jwks_uri: `${issuer}/jwks`,
    scopes_supported: [...supportedScopes, ...new Set(config.resources.flatMap(({ scopes = [] }) => scopes.map(({ name }) => name)))],
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: grants,
    ...(grants.includes(jwtBearer) ? { authorization_grant_profiles_supported: ["urn:ietf:params:oauth:grant-profile:id-jag"] } : {}),
    ...endpointAuth("token", methods),
    ...endpointAuth("revocation", methods),
    // Clients must turn away from a server that does not list S256 (A2.6); it works whatever else is allowed.
    code_challenge_methods_supported: [...new Set(["S256", ...pkce.methods])],
    authorization_response_iss_parameter_supported: true,
    // Required of an OpenID document (A2.13): the SDK refuses one without them. There are no id_tokens.
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
  };
};

/**
 * Every place where clients look (A2.2 to A2.4): both names at the origin's root; for an issuer with a path also
 * inserted before the path (RFC 8414 section 3) and appended to it (OpenID Connect Discovery section 4).
 */
export const metadataPaths = (issuer: string): readonly string[] => {
  const base = basePath(issuer);
  const names = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];
  return [...new Set(names.flatMap((name) => [name, `${name}${base}`, `${base}${name}`]))];
};
