import type { Messenger } from "@mcp-auth-proxy/bus";
import type { Clock } from "@mcp-auth-proxy/contracts";
import type { CommandHandler, EventStore } from "@mcp-auth-proxy/event-store";
import type { ProviderOutbound } from "@mcp-auth-proxy/http";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { RefresherConfig } from "./config.ts";
import type { VaultKey } from "./custody/vault-key.ts";
import type { TokenEndpoints } from "./upstream/endpoints.ts";
import type { TargetOf } from "./upstream/targets.ts";
import type { BackPressure } from "./worker/back-pressure.ts";
import type { Refused } from "./worker/refused-clients.ts";

/** What attempts and answers work with. */
export interface RefresherParts {
  readonly config: RefresherConfig;
  readonly store: EventStore;
  readonly handle: CommandHandler;
  readonly messenger: Messenger;
  readonly clock: Clock;
  /** Milliseconds that never jump: an attempt ends by these, whatever happens to the clock. */
  readonly monotonic: () => number;
  readonly log: Log;
  readonly outbound: ProviderOutbound;
  readonly endpoints: TokenEndpoints;
  readonly targetOf: TargetOf;
  readonly vaultKey: VaultKey;
  readonly pressure: BackPressure;
  readonly refused: Refused;
}
