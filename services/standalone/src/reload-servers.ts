import type { GatewayConfig } from "@mcp-auth-proxy/config";
import type { Result } from "@mcp-auth-proxy/contracts";
import { serverFault, type BridgeService, type McpServer } from "@mcp-auth-proxy/mcp-bridge";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { Caller } from "./caller.ts";
import type { LiveServers } from "./live-servers.ts";
import { nextServers } from "./next-servers.ts";
import type { ServedServer } from "./servers.ts";
import { nameOfText, parseServers, readServersText } from "./servers-file.ts";
import { type Watch, watchChanges } from "./watch-changes.ts";

export interface ReloadOptions {
  readonly file: string;
  /** The file as it was read at the start, by `nameOfText`. */
  readonly fileName: string;
  readonly config: GatewayConfig;
  readonly caller: Caller;
  readonly live: LiveServers;
  /** What the bridge was given for each server. */
  readonly given: ReadonlyMap<ServedServer, McpServer>;
  readonly bridgeServer: (server: ServedServer) => McpServer;
  /** Why a server would show what is ours, one line each. */
  readonly exposes: (server: ServedServer) => readonly string[];
  readonly bridge: BridgeService;
  readonly log: Log;
  /** Between two looks. */
  readonly everyMs?: number;
}

const namesOf = (servers: readonly ServedServer[]): ReadonlyMap<string, ServedServer["definition"]> => new Map(servers.map(({ definition }) => [definition.name, definition]));

/** Names only: an entry holds secrets. */
const tell = (log: Log, former: readonly ServedServer[], next: readonly ServedServer[]): void => {
  const [before, after] = [namesOf(former), namesOf(next)];
  for (const [server, definition] of after) {
    if (!before.has(server)) log.info({ server }, "MCP_SERVERS_CONFIG: a server was added");
    else if (before.get(server) !== definition) log.info({ server }, "MCP_SERVERS_CONFIG: a server was changed, its sessions begin anew");
  }
  for (const server of before.keys()) if (!after.has(server)) log.info({ server }, "MCP_SERVERS_CONFIG: a server was removed");
};

/** Follows MCP_SERVERS_CONFIG: what changed there is served soon after, and everything else goes on. */
export const reloadServers = ({ file, fileName, config, caller, live, given, bridgeServer, exposes, bridge, log, everyMs = 2_000 }: ReloadOptions): Watch => {
  const { base } = config.externalUrl;
  let known = given;

  const refusals = (server: ServedServer): readonly string[] => {
    const exposed = exposes(server);
    const fault = exposed.length > 0 ? undefined : serverFault(bridgeServer(server), base);
    return fault === undefined ? exposed : [fault];
  };

  const unusable = (problem: string): void => log.error({ problem }, "the changed MCP_SERVERS_CONFIG can not be used: what was served goes on");

  const handle = async (text: Result<string, string>): Promise<void> => {
    const parsed = text.ok ? parseServers(text.value, file, config, caller) : text;
    if (!parsed.ok) return unusable(parsed.error);
    const former = live.served;
    const { served, warnings } = nextServers(former, parsed.value, base, refusals);
    for (const warning of warnings) log.warn(`${warning}; what was served under this name, if anything, goes on`);
    const [first, ...others] = served;
    if (first === undefined) return unusable(`MCP_SERVERS_CONFIG (${file}): no entry can be served`);
    const next = new Map(served.map((server) => [server, known.get(server) ?? bridgeServer(server)]));
    live.replace([first, ...others]);
    const replaced = await bridge.replaceServers([...next.values()]).catch((cause: unknown) => {
      live.replace(former);
      throw cause;
    });
    if (!replaced.ok) {
      live.replace(former);
      return unusable(replaced.error);
    }
    known = next;
    tell(log, former, served);
  };

  return watchChanges({
    read: async () => readServersText(file),
    nameOf: nameOfText,
    current: fileName,
    handle,
    failed: (error) => log.error({ err: error }, "reading MCP_SERVERS_CONFIG again failed"),
    everyMs,
  });
};
