// A stdio MCP server of an older revision that exits on any message before `initialize`, as some do. Run it, do not import it.
import { createInterface } from "node:readline";

let initialized = false;
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method } = JSON.parse(line) as { id?: unknown; method?: string };
  if (!initialized && method !== "initialize") process.exit(1);
  initialized = true;
  if (id !== undefined) {
    const result = method === "initialize" ? { protocolVersion: "2025-06-18", capabilities: {}, serverInfo: { name: "fussy", version: "1" } } : { pid: process.pid };
    process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result })}\n`);
  }
}
