import { allowInsecureRequests, ClientSecretBasic, ClientSecretPost, clockTolerance, Configuration, customFetch, enableNonRepudiationChecks, None, type ClientAuth, type CustomFetch } from "openid-client";
import type { ProviderMetadata } from "./discovery.ts";
import type { UpstreamClientCredentials } from "./upstream-provider.ts";

/** Seconds that a provider's clock may be off. */
const leewaySeconds = 60;

/** How a client proves itself; Basic unless a provider lists others (OpenID Connect Discovery section 3). */
export type ClientProof = "client_secret_basic" | "client_secret_post";

const proofOf = (metadata: ProviderMetadata): ClientProof => {
  const listed = metadata.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  return !listed.includes("client_secret_basic") && listed.includes("client_secret_post") ? "client_secret_post" : "client_secret_basic";
};

const authentication = ({ secret }: UpstreamClientCredentials, proof: ClientProof): ClientAuth => {
  if (secret === undefined) return None();
  return proof === "client_secret_post" ? ClientSecretPost(secret.reveal()) : ClientSecretBasic(secret.reveal());
};

/**
 * A provider as openid-client knows it, for one exchange: what goes out and comes in passes `fetch` alone. Signatures of ID
 * tokens are checked wherever the provider publishes keys, although they come over TLS from the provider itself.
 */
export const openidConfiguration = (
  metadata: ProviderMetadata,
  credentials: UpstreamClientCredentials,
  options: { readonly fetch: CustomFetch; readonly proof?: ClientProof | undefined },
): Configuration => {
  const config = new Configuration(metadata, credentials.id, { [clockTolerance]: leewaySeconds }, authentication(credentials, options.proof ?? proofOf(metadata)));
  config[customFetch] = options.fetch;
  // Whether http is allowed is decided where the request goes out: to loopback, and only as the operator configured.
  allowInsecureRequests(config);
  if (metadata.jwks_uri !== undefined) enableNonRepudiationChecks(config);
  return config;
};
