import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseServersFile, type Behind, type GatewayConfig, type ServerDefinition } from "@mcp-auth-proxy/config";
import { allowedUsersProblems } from "./accounts.ts";
import type { Caller } from "./caller.ts";
import { isErrno } from "./errno.ts";
import { serverName } from "./server-name.ts";
import { StartError } from "./start-error.ts";

/** One server at one address of ours. */
export interface ServedServer {
  readonly definition: ServerDefinition;
  /** Below the external URL: `/mcp`, or `/<name>/mcp`. */
  readonly path: string;
  /** The audience of its tokens, and what clients are pointed to. */
  readonly resource: string;
}

export interface ServedServers {
  readonly served: readonly [ServedServer, ...ServedServer[]];
  /** One line for each entry of a file that can not be served; the others are. */
  readonly warnings: readonly string[];
}

const maxBytes = 1_048_576;

const readText = (path: string): string => {
  try {
    if (statSync(path).size > maxBytes) throw new StartError(2, ["MCP_SERVERS_CONFIG names a file larger than the 1 MiB that it may have"]);
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (!isErrno(cause)) throw cause;
    throw new StartError(2, [`MCP_SERVERS_CONFIG names ${JSON.stringify(path)}, which can not be read (${cause.code})`], cause);
  }
};

/** Relative folders of a file belong to that file. */
const inItsFolder = (definition: ServerDefinition, folder: string): ServerDefinition => {
  const { transport } = definition;
  if (transport.kind !== "stdio" || transport.cwd === undefined) return definition;
  return { ...definition, transport: { ...transport, cwd: resolve(folder, transport.cwd) } };
};

/** What this version can not speak to, in a sentence. */
const notSpokenTo = ({ name, transport }: ServerDefinition): readonly string[] =>
  transport.kind === "sse" ? [`server ${name}: HTTP+SSE of 2024-11-05 towards a server comes with a later version; if it speaks Streamable HTTP too, give that URL with the type http`] : [];

/** What is wrong with an entry beyond its form. */
const problemsOf = (definition: ServerDefinition): readonly string[] => [...notSpokenTo(definition), ...allowedUsersProblems(definition.name, definition.allowedUsers)];

const at = (base: string, definition: ServerDefinition, path: string): ServedServer => ({ definition, path, resource: `${base}${path}` });

const fromFile = (file: string, config: GatewayConfig, caller: Caller): ServedServers => {
  const { base } = config.externalUrl;
  const parsed = parseServersFile(readText(file), { variables: caller.environment, externalUrl: base, providers: config.providers.map(({ id }) => id) });
  if (!parsed.ok) throw new StartError(2, [`MCP_SERVERS_CONFIG (${file}): ${parsed.error}`]);
  const { servers, problems } = parsed.value;
  const warnings = [...problems, ...servers.flatMap(problemsOf)].map((problem) => `MCP_SERVERS_CONFIG (${file}): ${problem}`);
  const [first, ...others] = servers.filter((definition) => problemsOf(definition).length === 0).map((definition) => inItsFolder(definition, dirname(file)));
  if (first === undefined) throw new StartError(2, warnings);
  const one = at(base, first, `/${first.name}/mcp`);
  if (servers.length === 1 && warnings.length === 0) return { served: [one, at(base, first, "/mcp")], warnings };
  return { served: [one, ...others.map((definition) => at(base, definition, `/${definition.name}/mcp`))], warnings };
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
  return { served: [at(config.externalUrl.base, definition, "/mcp")], warnings: [] };
};
