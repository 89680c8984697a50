import type { GatewayConfig } from "@mcp-auth-proxy/config";
import { defaultBridgeLimits, type BridgeConfig, type ChildUser, type HttpServer, type McpServer, type StdioServer } from "@mcp-auth-proxy/mcp-bridge";
import { childEnvironment } from "./child-environment.ts";
import type { Caller } from "./caller.ts";
import type { ServedServer } from "./servers.ts";

type Environment = Readonly<Record<string, string>>;
type Shared = Pick<McpServer, "name" | "path" | "resource" | "tools" | "inject">;

const sharedOf = ({ definition, path, resource }: ServedServer): Shared => {
  const { name, tools, inject } = definition;
  return { name, path, resource, tools, ...(inject === undefined ? {} : { inject }) };
};

const httpServer = (server: ServedServer, url: string, { upstream }: GatewayConfig): HttpServer => ({
  kind: "http",
  ...sharedOf(server),
  url,
  headers: Object.fromEntries(upstream.headers.map(({ name, value }) => [name, value])),
  ...(upstream.bearerToken === undefined || server.definition.inject !== undefined ? {} : { bearerToken: upstream.bearerToken }),
  headerMapping: upstream.headerMapping,
  ...(upstream.identityHeader === undefined ? {} : { identityHeader: upstream.identityHeader }),
  streamingOnly: upstream.streamingOnly,
});

const serverOf = (server: ServedServer, config: GatewayConfig, caller: Caller, environment: Environment): McpServer => {
  const { transport, isolation, memory } = server.definition;
  if (transport.kind !== "stdio") return httpServer(server, transport.url, config);
  const { command, args, env, cwd } = transport;
  const stdio: StdioServer = {
    ...sharedOf(server),
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
