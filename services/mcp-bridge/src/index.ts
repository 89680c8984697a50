export { findChildUser } from "./children/child-user.ts";
export { minimalEnvironment } from "./children/environment.ts";
export { composeMcpBridge, type BridgeService, type McpBridgeDependencies } from "./compose.ts";
export type { BridgeConfig, ChildUser, HttpServer, Injection, MappedHeader, McpServer, StdioServer } from "./config.ts";
export { serverFault } from "./registry/servers.ts";
export { defaultBridgeLimits, type BridgeLimits } from "./limits.ts";
