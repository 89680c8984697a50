import { ownHosts } from "@mcp-auth-proxy/http";
import type { Clock } from "@mcp-auth-proxy/contracts";
import type { FastifyInstance } from "fastify";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { Bearer } from "./auth/bearer.ts";
import type { Revocations } from "./auth/revocations.ts";
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
import type { ToolPolicy } from "./guard/policy.ts";
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
  /** Each server with the bearer check for its own audience. */
  readonly endpoints: readonly { readonly server: McpServer; readonly bearer: Bearer }[];
}

/** Mounts every route of the bridge. */
export const mountBridge = async (
  app: FastifyInstance,
  { config, log, clock, revocations, directory, relays, httpRelays, accounts, identities, eras, policyOf, endpoints }: BridgeRoutes,
): Promise<void> => {
  const { externalUrl, corsOrigins, limits } = config;
  const origins = new Set([...ownOrigins(externalUrl), ...corsOrigins]);
  const alone = endpoints.length === 1;
  const states = new RequestStates(clock, limits.requestStateMs);
  await mountMetadata(app, externalUrl, endpoints.map(({ server }) => endpointOf(externalUrl, server, alone)));
  for (const { server, bearer } of endpoints) {
    const { metadataUrl } = endpointOf(externalUrl, server, alone);
    const admission = { externalUrl, resource: server.resource, isOwnHost: ownHosts(externalUrl), origins, metadataUrl, bearer, revocations };
    const account = server.inject === undefined ? {} : { account: accountFinder(accounts, server) };
    if (server.kind === "http") {
      const endpoint = endpointOf(externalUrl, server, alone);
      const identity = identityFinder(identities, server);
      await mountHttpServer(app, { endpoint, admission, relays: httpRelays, states, policy: policyOf(server), limits, log, ...account, ...(identity === undefined ? {} : { identity }) });
    } else {
      const endpoint = endpointOf(externalUrl, server, alone);
      await mountSse(app, { endpoint, admission, directory, limits, log, ...account });
      await mountMcp(app, { endpoint, admission, directory, relays, eras, policyOf, limits, log, ...account });
    }
  }
  // GET streams and subscriptions never end by themselves: the listener would wait for them until its deadline.
  app.addHook("preClose", async () => {
    directory.drain();
    relays.drain();
    httpRelays.drain();
  });
};
