import type { Behind, GatewayConfig, ServerDefinition } from "@mcp-auth-proxy/config";
import type { Caller } from "./caller.ts";
import { nextServers, servedAt } from "./next-servers.ts";
import { serverName } from "./server-name.ts";
import { nameOfText, notSpokenTo, parseServers, readServersText } from "./servers-file.ts";
import { StartError } from "./start-error.ts";

/** One server at one address of ours. */
export interface ServedServer {
  readonly definition: ServerDefinition;
  /** Below the external URL: `/mcp`, or `/<name>/mcp`. */
  readonly path: string;
  /** The audience of its tokens, and what clients are pointed to. */
  readonly resource: string;
  /** Of what is written in its entry; empty for the command line's. */
  readonly fingerprint: string;
}

export interface ServedServers {
  readonly served: readonly [ServedServer, ...ServedServer[]];
  /** One line for each entry of a file that can not be served; the others are. */
  readonly warnings: readonly string[];
  /** The file as it was read, by `nameOfText`; absent where the command line names the server. */
  readonly fileName?: string;
}

const fromFile = (file: string, config: GatewayConfig, caller: Caller): ServedServers => {
  const text = readServersText(file);
  if (!text.ok) throw new StartError(2, [text.error]);
  const parsed = parseServers(text.value, file, config, caller);
  if (!parsed.ok) throw new StartError(2, [parsed.error]);
  const { served, warnings } = nextServers([], parsed.value, config.externalUrl.base);
  const [first, ...others] = served;
  if (first === undefined) throw new StartError(2, warnings);
  return { served: [first, ...others], warnings, fileName: nameOfText(text) };
};

const ofCommandLine = (behind: Exclude<Behind, { kind: "nothing" }>, { server }: GatewayConfig, caller: Caller): ServerDefinition => {
  const { account, isolation, memory, transport } = server;
  const shared = {
    ...(account === undefined ? {} : { account: account.account, inject: account.inject }),
    ...(isolation === undefined ? {} : { isolation }),
    ...(memory === undefined ? {} : { memory }),
    tools: {},
  };
  if (behind.kind === "url") return { name: new URL(behind.url).hostname.replace(/[^a-z0-9]+/g, "-"), transport: { kind: transport, url: behind.url }, ...shared };
  const [command, ...args] = behind.command;
  return { name: serverName(behind.command), transport: { kind: "stdio", command, args, env: {}, cwd: caller.folder }, ...shared };
};

/** Everything that is served: what the command line names, or what the file does. Throws StartError. */
export const servedServers = (behind: Behind, config: GatewayConfig, caller: Caller): ServedServers => {
  const { serversFile } = config;
  if (behind.kind === "nothing") {
    if (serversFile === undefined)
      throw new StartError(2, ["name the command of the MCP server, for example: mcp-auth-proxy --password <password> -- npx -y @modelcontextprotocol/server-filesystem ."]);
    return fromFile(serversFile, config, caller);
  }
  if (serversFile !== undefined) throw new StartError(2, [`MCP_SERVERS_CONFIG names servers, and so does the command line: keep one`]);
  if (behind.kind === "url" && !URL.canParse(behind.url)) throw new StartError(2, [`${JSON.stringify(behind.url)} is no URL of an MCP server`]);
  const definition = ofCommandLine(behind, config, caller);
  const unspoken = notSpokenTo(definition);
  if (unspoken.length > 0) throw new StartError(2, unspoken);
  return { served: [servedAt(config.externalUrl.base, definition, "/mcp")], warnings: [] };
};
