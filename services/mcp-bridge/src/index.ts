export { composeMcpBridge, type McpBridgeDependencies } from "./compose.ts";
export type { BridgeConfig, ChildUser, StdioServer } from "./config.ts";
export { defaultBridgeLimits, type BridgeLimits } from "./limits.ts";
