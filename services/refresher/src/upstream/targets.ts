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

// As JSON, because a separator could be part of a value and make two servers one.
const keyOf = (resource: string, provider: string): string => JSON.stringify([resource, provider]);

export const targetsOf = ({ providers, clientsOfResource }: Pick<RefresherConfig, "providers" | "clientsOfResource">): TargetOf => {
  const byId = new Map(providers.map((provider) => [provider.id, provider]));
  const own = new Map(clientsOfResource.map((client) => [keyOf(client.resource, client.provider), client]));
  return ({ provider: id, resource }) => {
    const provider = byId.get(id);
    if (provider === undefined) return undefined;
    const { clientId, clientSecret } = own.get(keyOf(resource, id)) ?? provider;
    return { provider, clientId, clientSecret };
  };
};
