// A stdio MCP server without a library: it starts at once, for tests that only care whether they get through. Run it, do not import it.
import { createInterface } from "node:readline";
import { isObject, jsonObject } from "./json.ts";

const answers: Readonly<Record<string, (params: Record<string, unknown>) => unknown>> = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "small", version: "1.0.0" } }),
  ping: () => ({}),
  "tools/list": () => ({ tools: [{ name: "echo", inputSchema: { type: "object", properties: { message: { type: "string" } } } }] }),
  "tools/call": (params) => ({ content: [{ type: "text", text: isObject(params.arguments) ? String(params.arguments.message) : "" }] }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = jsonObject(line);
  if (id === undefined || typeof method !== "string") continue;
  const answer = answers[method]?.(isObject(params) ? params : {});
  const outcome = answer === undefined ? { error: { code: -32_601, message: "Method not found" } } : { result: answer };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...outcome })}\n`);
}
