import { isDeepStrictEqual } from "node:util";
import type { Clock } from "@mcp-auth-proxy/contracts";
import { constantTimeEqual } from "@mcp-auth-proxy/crypto";
import type { ProviderOutbound } from "@mcp-auth-proxy/http";
import { rulesAbout, type AccessPolicy, type AccessRule } from "../validate/access-rules.ts";
import { createDiscovery, type ProviderMetadata } from "./discovery.ts";
import { createGithubClient } from "./github-client.ts";
import { createOidcClient } from "./oidc-client.ts";
import type { UpstreamClient } from "./upstream-client.ts";
import type { GoogleProvider, OidcProvider, UpstreamClientCredentials, UpstreamProvider } from "./upstream-provider.ts";

/** The clients of every configured provider. */
export interface UpstreamClients {
  /** The provider's client, or that of other credentials of ours at the same provider. */
  clientOf(provider: UpstreamProvider, credentials?: UpstreamClientCredentials): UpstreamClient;
}

export interface UpstreamClientsParts {
  readonly policy: AccessPolicy;
  readonly outbound: ProviderOutbound;
  readonly clock: Clock;
}

/** Addresses that the operator configured. Their hosts may be anywhere, also on a private network. */
export const configuredAddresses = (providers: readonly UpstreamProvider[]): readonly string[] =>
  providers.flatMap((provider) => {
    if (provider.kind === "github") return [provider.url, provider.apiUrl];
    if (provider.kind === "google") return [provider.issuer];
    const { issuer, configurationUrl, endpoints } = provider;
    return [issuer, configurationUrl, ...Object.values(endpoints)].flatMap((url) => (typeof url === "string" ? [url] : []));
  });

const sourceOf = (provider: OidcProvider | GoogleProvider) => (provider.kind === "oidc" ? provider : { issuer: provider.issuer, endpoints: {} });

/** A client, and what it was made of: servers, their secrets and their lists change while it runs. */
interface Made {
  readonly client: UpstreamClient;
  readonly credentials: UpstreamClientCredentials;
  readonly rules: readonly AccessRule[];
}

const hasSameSecret = ({ secret: one }: UpstreamClientCredentials, { secret: other }: UpstreamClientCredentials): boolean =>
  one === other || (one !== undefined && other !== undefined && constantTimeEqual(one.reveal(), other.reveal()));

export const createUpstreamClients = ({ policy, outbound, clock }: UpstreamClientsParts): UpstreamClients => {
  const metadata = new Map<string, () => Promise<ProviderMetadata>>();
  const clients = new Map<string, Made>();

  const metadataOf = (provider: OidcProvider | GoogleProvider): (() => Promise<ProviderMetadata>) => {
    const known = metadata.get(provider.id);
    if (known !== undefined) return known;
    const made = createDiscovery({ source: sourceOf(provider), outbound, clock });
    metadata.set(provider.id, made);
    return made;
  };

  const make = (provider: UpstreamProvider, credentials: UpstreamClientCredentials, rules: readonly AccessRule[]): UpstreamClient => {
    if (provider.kind === "github") return createGithubClient({ provider, credentials, outbound, rules, clock });
    return createOidcClient({ provider, credentials, outbound, rules, clock, metadata: metadataOf(provider) });
  };

  return {
    clientOf: (provider, credentials = provider.client) => {
      const key = JSON.stringify([provider.id, credentials.id]);
      const rules = rulesAbout(policy, provider.id);
      const known = clients.get(key);
      if (known !== undefined && hasSameSecret(known.credentials, credentials) && isDeepStrictEqual(known.rules, rules)) return known.client;
      const client = make(provider, credentials, rules);
      clients.set(key, { client, credentials, rules });
      return client;
    },
  };
};
