import type { GatewayConfig } from "@mcp-auth-proxy/config";
import { defaultBridgeLimits, type BridgeConfig, type ChildUser, type HttpServer, type McpServer, type StdioServer } from "@mcp-auth-proxy/mcp-bridge";
import { childEnvironment } from "./child-environment.ts";
import type { Caller } from "./caller.ts";
import type { ServedServer } from "./servers.ts";

type Environment = Readonly<Record<string, string>>;
type Shared = Pick<McpServer, "name" | "path" | "resource" | "tools" | "inject" | "provider">;

const sharedOf = ({ definition, path, resource }: ServedServer, { providers }: GatewayConfig): Shared => {
  const { name, tools, inject, account } = definition;
  const provider = account?.provider ?? providers[0]?.id;
  return { name, path, resource, tools, ...(inject === undefined ? {} : { inject }), ...(inject === undefined || provider === undefined ? {} : { provider }) };
};

const httpServer = (server: ServedServer, url: string, config: GatewayConfig): HttpServer => {
  const { upstream } = config;
  return {
    kind: "http",
    ...sharedOf(server, config),
    url,
    headers: Object.fromEntries(upstream.headers.map(({ name, value }) => [name, value])),
    ...(upstream.bearerToken === undefined || server.definition.inject !== undefined ? {} : { bearerToken: upstream.bearerToken }),
    headerMapping: upstream.headerMapping,
    ...(upstream.identityHeader === undefined ? {} : { identityHeader: upstream.identityHeader }),
    streamingOnly: upstream.streamingOnly,
  };
};

const serverOf = (server: ServedServer, config: GatewayConfig, caller: Caller, environment: Environment): McpServer => {
  const { transport, isolation, memory } = server.definition;
  if (transport.kind !== "stdio") return httpServer(server, transport.url, config);
  const { command, args, env, cwd } = transport;
  const stdio: StdioServer = {
    ...sharedOf(server, config),
    command,
    args,
    cwd: cwd ?? caller.folder,
    env: { ...environment, ...env },
    ...(isolation === undefined ? {} : { isolation }),
    ...(memory === undefined ? {} : { memory }),
    transport: config.server.transport,
  };
  return stdio;
};

/** How a server is given to the bridge: the transport half, which never leaves it. */
export const bridgeServers = (config: GatewayConfig, caller: Caller, user: ChildUser | undefined): ((server: ServedServer) => McpServer) => {
  const environment = childEnvironment(caller.environment, caller.projectRoot, user);
  return (server) => serverOf(server, config, caller, environment);
};

export const bridgeConfig = (config: GatewayConfig, servers: readonly McpServer[], user: ChildUser | undefined): BridgeConfig => ({
  externalUrl: config.externalUrl.base,
  servers,
  corsOrigins: config.corsOrigins,
  ...(user === undefined ? {} : { childUser: user }),
  limits: defaultBridgeLimits,
});
