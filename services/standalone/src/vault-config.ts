import type { GatewayConfig } from "@mcp-auth-proxy/config";
import type { TokenVaultConfig } from "@mcp-auth-proxy/token-vault";
import type { ServedServers } from "./servers.ts";

/** What the vault must know to tell a living caller, and when a credential is due. */
export const vaultConfig = (config: GatewayConfig, { served }: ServedServers): TokenVaultConfig => {
  const resources = served.map(({ resource }) => resource);
  return { issuer: config.externalUrl.base, resources: () => resources, refreshThresholdMs: config.refresh.thresholdMs };
};
