// A stdio MCP server of an older revision that leaves what it does not know unanswered. Run it, do not import it.
import { createInterface } from "node:readline";

process.stdout.write("taciturn 1.0 is listening\n");
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method } = JSON.parse(line) as { id?: unknown; method?: string };
  if (method === "initialize") process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result: { protocolVersion: "2025-11-25", capabilities: {} } })}\n`);
}
