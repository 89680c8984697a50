import { ownHosts } from "@mcp-auth-proxy/http";
import type { FastifyInstance } from "fastify";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { Bearer } from "./auth/bearer.ts";
import type { Revocations } from "./auth/revocations.ts";
import type { BridgeConfig, StdioServer } from "./config.ts";
import { ownOrigins } from "./guard/own-address.ts";
import type { Endpoint } from "./routes/endpoint.ts";
import { mountMcp } from "./routes/mcp.ts";
import type { Eras } from "./registry/eras.ts";
import type { ModernRelays } from "./relay/modern/relays.ts";
import type { ToolPolicy } from "./guard/policy.ts";
import { mountMetadata } from "./routes/metadata.ts";
import { mountSse } from "./routes/sse.ts";
import type { SessionDirectory } from "./sessions/directory.ts";

export interface BridgeRoutes {
  readonly config: BridgeConfig;
  readonly log: Log;
  readonly revocations: Revocations;
  readonly directory: SessionDirectory;
  readonly relays: ModernRelays;
  readonly eras: Eras;
  readonly policyOf: (server: StdioServer) => ToolPolicy;
  /** Each endpoint with the bearer check for its own audience. */
  readonly endpoints: readonly { readonly endpoint: Endpoint; readonly bearer: Bearer }[];
}

/** Mounts every route of the bridge. */
export const mountBridge = async (app: FastifyInstance, { config, log, revocations, directory, relays, eras, policyOf, endpoints }: BridgeRoutes): Promise<void> => {
  const { externalUrl, corsOrigins, limits } = config;
  const origins = new Set([...ownOrigins(externalUrl), ...corsOrigins]);
  await mountMetadata(app, externalUrl, endpoints.map(({ endpoint }) => endpoint));
  for (const { endpoint, bearer } of endpoints) {
    const admission = { externalUrl, isOwnHost: ownHosts(externalUrl), origins, metadataUrl: endpoint.metadataUrl, bearer, revocations };
    await mountSse(app, { endpoint, admission, directory, limits, log });
    await mountMcp(app, { endpoint, admission, directory, relays, eras, policyOf, limits, log });
  }
  // GET streams and subscriptions never end by themselves: the listener would wait for them until its deadline.
  app.addHook("preClose", async () => {
    directory.drain();
    relays.drain();
  });
};
