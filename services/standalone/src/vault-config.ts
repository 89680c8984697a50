import type { GatewayConfig } from "@mcp-auth-proxy/config";
import type { TokenVaultConfig } from "@mcp-auth-proxy/token-vault";
import type { LiveServers } from "./live-servers.ts";

/** What the vault must know to tell a living caller, and when a credential is due. */
export const vaultConfig = (config: GatewayConfig, servers: LiveServers): TokenVaultConfig => {
  const resources = servers.view((served) => served.map(({ resource }) => resource));
  return { issuer: config.externalUrl.base, resources, refreshThresholdMs: config.refresh.thresholdMs };
};
