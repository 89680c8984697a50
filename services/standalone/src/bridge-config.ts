import type { GatewayConfig } from "@mcp-auth-proxy/config";
import { defaultBridgeLimits, type BridgeConfig, type ChildUser, type StdioServer } from "@mcp-auth-proxy/mcp-bridge";
import { childEnvironment } from "./child-environment.ts";
import type { Caller } from "./caller.ts";
import type { ServedServer, ServedServers } from "./servers.ts";
import { StartError } from "./start-error.ts";

type Environment = Readonly<Record<string, string>>;

const serverOf = ({ definition, path, resource }: ServedServer, config: GatewayConfig, caller: Caller, environment: Environment): StdioServer => {
  const { name, transport, inject, isolation, memory, tools } = definition;
  const shared = { name, path, resource, tools, ...(inject === undefined ? {} : { inject }) };
  if (transport.kind !== "stdio") throw new StartError(2, ["a server behind a URL comes with a later version: this one takes the command of a stdio server"]);
  const { command, args, env, cwd } = transport;
  return {
    ...shared,
    command,
    args,
    cwd: cwd ?? caller.folder,
    env: { ...environment, ...env },
    ...(isolation === undefined ? {} : { isolation }),
    ...(memory === undefined ? {} : { memory }),
    transport: config.server.transport,
  };
};

/** The transport half of the servers: what never leaves the bridge. */
export const bridgeConfig = (config: GatewayConfig, { served }: ServedServers, caller: Caller, user: ChildUser | undefined): BridgeConfig => {
  const environment = childEnvironment(caller.environment, caller.projectRoot, user);
  return {
    externalUrl: config.externalUrl.base,
    servers: served.map((server) => serverOf(server, config, caller, environment)),
    corsOrigins: config.corsOrigins,
    ...(user === undefined ? {} : { childUser: user }),
    limits: defaultBridgeLimits,
  };
};
