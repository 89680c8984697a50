import type { AuthConfig } from "../config.ts";
import { grantTypes } from "../validate/client-metadata.ts";
import { supportedScopes } from "../validate/scope.ts";
import { basePath } from "./base-path.ts";

export type MetadataConfig = Pick<AuthConfig, "issuer" | "clientRegistration" | "clientIdMetadata" | "pkce">;

/**
 * RFC 8414 section 2: what works here, and nothing else. Introspection and client secrets are left out
 * until they work; clients take a listed method at its word.
 */
export const authorizationServerMetadata = ({ issuer, clientRegistration, clientIdMetadata, pkce }: MetadataConfig): Readonly<Record<string, unknown>> => ({
  // Byte for byte the `iss` of responses and tokens: clients compare without any normalisation.
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  ...(clientRegistration ? { registration_endpoint: `${issuer}/register` } : {}),
  ...(clientIdMetadata ? { client_id_metadata_document_supported: true } : {}),
  revocation_endpoint: `${issuer}/revoke`,
  jwks_uri: `${issuer}/jwks`,
  scopes_supported: supportedScopes,
  response_types_supported: ["code"],
  response_modes_supported: ["query"],
  grant_types_supported: grantTypes,
  token_endpoint_auth_methods_supported: ["none"],
  revocation_endpoint_auth_methods_supported: ["none"],
  // Clients must turn away from a server that does not list S256 (A2.6); it works whatever else is allowed.
  code_challenge_methods_supported: [...new Set(["S256", ...pkce.methods])],
  authorization_response_iss_parameter_supported: true,
  // Required of an OpenID document (A2.13): the SDK refuses one without them. There are no id_tokens.
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["ES256"],
});

/**
 * Every place where clients look (A2.2 to A2.4): both names at the origin's root; for an issuer with a path also
 * inserted before the path (RFC 8414 section 3) and appended to it (OpenID Connect Discovery section 4).
 */
export const metadataPaths = (issuer: string): readonly string[] => {
  const base = basePath(issuer);
  const names = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];
  return [...new Set(names.flatMap((name) => [name, `${name}${base}`, `${base}${name}`]))];
};
