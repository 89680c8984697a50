import { join } from "node:path";

/** The command of the server that says mutated lines, and writes what should not have reached it to `findings`. */
export const hostileServer = (findings: string): readonly string[] => [process.execPath, join(import.meta.dirname, "hostile-server.ts"), findings];

export const modernMeta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}, "io.modelcontextprotocol/clientInfo": { name: "fuzz", version: "1" } };
export const modernHeaders = (method: string): Readonly<Record<string, string>> => ({ "mcp-protocol-version": "2026-07-28", "mcp-method": method });
