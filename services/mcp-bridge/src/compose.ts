import type { Bus } from "@mcp-auth-proxy/bus";
import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Service } from "@mcp-auth-proxy/http";
import type { Kv } from "@mcp-auth-proxy/kv";
import type { Log, Tracer } from "@mcp-auth-proxy/telemetry";
import type { BridgeConfig } from "./config.ts";

export interface McpBridgeDependencies {
  readonly config: BridgeConfig;
  readonly bus: Bus;
  readonly kv: Kv;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracer: Tracer;
}

export const composeMcpBridge = async (_: McpBridgeDependencies): Promise<Service> => ({
  name: "mcp-bridge",
  start: async () => undefined,
  readiness: () => ({ ready: false, reasons: ["not started"] }),
  stop: async () => undefined,
});
