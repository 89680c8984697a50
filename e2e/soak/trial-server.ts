// A stdio MCP server for trials of the gateway: it echoes, hangs, says its process id, and can talk for a hundred megabytes. Run it, do not import it.
import { createInterface } from "node:readline";

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: { readonly protocolVersion?: unknown; readonly arguments?: unknown; readonly count?: number; readonly bytes?: number };
}

const say = (message: object): void => void process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const results: Readonly<Record<string, (params: NonNullable<Message["params"]>) => object>> = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {}, logging: {} }, serverInfo: { name: "trial", version: "1" } }),
  "tools/call": (params) => ({ content: [{ type: "text", text: JSON.stringify(params.arguments ?? {}) }] }),
  pid: () => ({ pid: process.pid }),
  talk: ({ count = 0, bytes = 0 }) => {
    for (let said = 0; said < count; said += 1) say({ method: "notifications/message", params: { level: "info", data: "x".repeat(bytes) } });
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method = "", params = {} } = JSON.parse(line) as Message;
  const result = results[method]?.(params);
  // Everything else, `hang` among it, stays without an answer.
  if (id !== undefined && result !== undefined) say({ id, result });
}
