import { join } from "node:path";

/** The command of a stdio MCP server with a tool for every kind of trouble. */
export const everythingServer: readonly string[] = [process.execPath, join(import.meta.dirname, "everything-server.ts")];

/** The command of a stdio MCP server that starts at once and can only echo. */
export const smallServer: readonly string[] = [process.execPath, join(import.meta.dirname, "small-server.ts")];
