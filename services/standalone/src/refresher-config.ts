import type { GatewayConfig, ProviderSetting } from "@mcp-auth-proxy/config";
import { defaultRefresherLimits, type RefreshedProvider, type RefresherConfig, type ResourceClient } from "@mcp-auth-proxy/refresher";
import type { LiveServers } from "./live-servers.ts";

const refreshedOf = (provider: ProviderSetting): RefreshedProvider => {
  const { id, clientId, clientSecret } = provider;
  const client = { id, clientId, ...(clientSecret === undefined ? {} : { clientSecret }) };
  switch (provider.id) {
    case "google":
      // Google answers a refresh without another refresh token: the one it gave first stays good.
      return { ...client, issuer: provider.issuer, clientAuthentication: "client_secret_post", rotates: false };
    case "github":
      return { ...client, tokenEndpoint: `${provider.url}/login/oauth/access_token`, clientAuthentication: "client_secret_post", rotates: true };
    case "oidc": {
      const { token } = provider.endpoints;
      return { ...client, ...(token === undefined ? { issuer: provider.issuer } : { tokenEndpoint: token }), clientAuthentication: "client_secret_basic" };
    }
    default:
      return provider satisfies never;
  }
};

/** Where tokens are refreshed, and as whom. A server with a client of its own at a provider is refreshed as that one. */
export const refresherConfig = ({ providers, refresh }: GatewayConfig, servers: LiveServers): RefresherConfig => {
  const clients = servers.view((served) =>
    served.flatMap(({ definition: { account }, resource }): readonly ResourceClient[] => {
      const provider = account?.provider ?? providers[0]?.id;
      if (account?.client === undefined || provider === undefined) return [];
      return [{ resource, provider, clientId: account.client.id, clientSecret: account.client.secret }];
    }),
  );
  return {
    providers: providers.map(refreshedOf),
    get clientsOfResource() {
      return clients();
    },
    policy: refresh,
    limits: defaultRefresherLimits,
  };
};
