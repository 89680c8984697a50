import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { BridgeConfig, StdioServer } from "../config.ts";

/** What is wrong with the server definitions, in a sentence for the operator. */
export type BadServers = string;

/** Bytes that end a value early, or start another, for somebody who reads it later. */
const badBytes = /[\0\r\n]/;

/**
 * Definitions come from the operator's configuration and from nowhere else; they are checked all the same, because
 * what is in them ends up in a process: a NUL or a line break in a variable is how one is smuggled in.
 */
export const checkServers = ({ externalUrl, servers }: BridgeConfig): Result<readonly StdioServer[], BadServers> => {
  if (servers.length === 0) return err("no MCP server is configured");
  if (new Set(servers.map(({ path }) => path)).size !== servers.length) return err("two MCP servers have the same path");
  for (const server of servers) {
    const fault = faultOf(server, externalUrl);
    if (fault !== undefined) return err(`${server.name}: ${fault}`);
  }
  return ok(servers);
};

const faultOf = ({ path, resource, command, args, cwd, env }: StdioServer, externalUrl: string): string | undefined => {
  if (resource !== `${externalUrl}${path}`) return "its resource is not its address";
  if (command === "" || badBytes.test(command) || badBytes.test(cwd)) return "its command is empty or holds a line break";
  if (args.some((argument) => argument.includes("\0"))) return "an argument holds a NUL";
  for (const [name, value] of Object.entries(env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return "the name of an environment variable is not one";
    if (badBytes.test(value)) return `the environment variable ${name} holds a NUL or a line break`;
  }
  return undefined;
};
