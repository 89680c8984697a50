import type { Bus } from "@mcp-auth-proxy/bus";
import type { Clock } from "@mcp-auth-proxy/contracts";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import type { Service } from "@mcp-auth-proxy/http";
import type { Kv } from "@mcp-auth-proxy/kv";
import type { Log, Tracer } from "@mcp-auth-proxy/telemetry";
import type { AuthConfig } from "./config.ts";

export interface AuthDependencies {
  readonly config: AuthConfig;
  /** Opened with `authStore`. */
  readonly store: EventStore;
  readonly bus: Bus;
  readonly kv: Kv;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracer: Tracer;
}

/** The authorization server. `start` needs the token vault to be answering: it opens auth's keys. */
export const composeAuth = async (dependencies: AuthDependencies): Promise<Service> => {
  throw new Error(`not composed yet: ${dependencies.config.issuer}`);
};
