import type { Revocations } from "@mcp-auth-proxy/access-token";
import { ownHosts } from "@mcp-auth-proxy/http";
import type { Clock } from "@mcp-auth-proxy/contracts";
import type { FastifyInstance } from "fastify";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { BridgeConfig, McpServer } from "./config.ts";
import { ownOrigins } from "./guard/own-address.ts";
import type { Accounts } from "./inject/accounts.ts";
import type { Identities } from "./inject/identities.ts";
import { RequestStates } from "./relay/modern/request-states.ts";
import { accountFinder } from "./routes/account.ts";
import { identityFinder } from "./routes/identity.ts";
import { endpointOf } from "./routes/endpoint.ts";
import { mountHttpServer } from "./routes/http-server.ts";
import { mountMcp } from "./routes/mcp.ts";
import type { Eras } from "./registry/eras.ts";
import type { ModernRelays } from "./relay/modern/relays.ts";
import type { ServedServer } from "./registry/server-registry.ts";
import type { ToolPolicy } from "./guard/policy.ts";
import { LateServers } from "./routes/late-servers.ts";
import { mountMetadata } from "./routes/metadata.ts";
import { mountSse } from "./routes/sse.ts";
import type { SessionDirectory } from "./sessions/directory.ts";
import type { HttpRelays } from "./upstream-http/http-relays.ts";

export interface BridgeRoutes {
  readonly config: BridgeConfig;
  readonly log: Log;
  readonly clock: Clock;
  readonly revocations: Revocations;
  readonly directory: SessionDirectory;
  readonly relays: ModernRelays;
  readonly httpRelays: HttpRelays;
  readonly accounts: Accounts;
  readonly identities: Identities;
  readonly eras: Eras;
  readonly policyOf: (server: McpServer) => ToolPolicy;
  /** Those of the start. */
  readonly served: readonly ServedServer[];
}

/** Mounts servers; `alone`: each of them is the only one, and found without its name. */
const mountServers = async (app: FastifyInstance, parts: BridgeRoutes, states: RequestStates, served: readonly ServedServer[], alone: boolean): Promise<void> => {
  const { config, log, revocations, directory, relays, httpRelays, accounts, identities, eras, policyOf } = parts;
  const { externalUrl, corsOrigins, limits } = config;
  const origins = new Set([...ownOrigins(externalUrl), ...corsOrigins]);
  await mountMetadata(app, externalUrl, served.map(({ server }) => endpointOf(externalUrl, server, alone)));
  for (const { server, bearer, policy } of served) {
    const { metadataUrl } = endpointOf(externalUrl, server, alone);
    const admission = { externalUrl, resource: server.resource, isOwnHost: ownHosts(externalUrl), origins, metadataUrl, bearer, revocations };
    const account = server.inject === undefined ? {} : { account: accountFinder(accounts, server) };
    if (server.kind === "http") {
      const endpoint = endpointOf(externalUrl, server, alone);
      const identity = identityFinder(identities, server);
      await mountHttpServer(app, { endpoint, admission, relays: httpRelays, states, policy, limits, log, ...account, ...(identity === undefined ? {} : { identity }) });
    } else {
      const endpoint = endpointOf(externalUrl, server, alone);
      await mountSse(app, { endpoint, admission, directory, limits, log, ...account });
      await mountMcp(app, { endpoint, admission, directory, relays, eras, policyOf, limits, log, ...account });
    }
  }
};

/** Mounts every route of the bridge. Answers with the way to those of servers that come later. */
export const mountBridge = async (app: FastifyInstance, parts: BridgeRoutes): Promise<LateServers> => {
  const { config, log, clock, directory, relays, httpRelays, served } = parts;
  const { externalUrl, limits } = config;
  const alone = served.length === 1;
  const states = new RequestStates(clock, limits.requestStateMs);
  const late = new LateServers({
    log,
    clock,
    endpointOf: (server) => endpointOf(externalUrl, server, false),
    mount: (other, servers) => mountServers(other, parts, states, servers, false),
  });
  late.watch(app, served.map(({ server }) => endpointOf(externalUrl, server, alone)));
  await mountServers(app, parts, states, served, alone);
  // GET streams and subscriptions never end by themselves: the listener would wait for them until its deadline.
  app.addHook("preClose", async () => {
    directory.drain();
    relays.drain();
    httpRelays.drain();
  });
  return late;
};
