import type { Secret } from "@mcp-auth-proxy/crypto";
import type { RefreshedProvider, RefresherConfig } from "../config.ts";

/** Where a credential is refreshed, and as whom. */
export interface Target {
  readonly provider: RefreshedProvider;
  readonly clientId: string;
  readonly clientSecret: Secret<string> | undefined;
}

/** Which provider and which client of ours a credential belongs to; undefined where the configuration has no such provider any more. */
export type TargetOf = (credential: { readonly provider: string; readonly resource: string }) => Target | undefined;

export const targetsOf = (config: Pick<RefresherConfig, "providers" | "clientsOfResource">): TargetOf => {
  const byId = new Map(config.providers.map((provider) => [provider.id, provider]));
  return ({ provider: id, resource }) => {
    const provider = byId.get(id);
    if (provider === undefined) return undefined;
    const own = config.clientsOfResource.find((client) => client.resource === resource && client.provider === id);
    const { clientId, clientSecret } = own ?? provider;
    return { provider, clientId, clientSecret };
  };
};
