// A stdio MCP server that says one line of any size, and what it was asked for: `line` with the bytes of its answer,
// `notice` with those of a notification before a small answer, `resources/read` with the length of the URI and its end. Run it, do not import it.
import { createInterface } from "node:readline";

const say = (message: object): void => void process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

const results: Readonly<Record<string, (params: Record<string, unknown>) => object>> = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {}, resources: {} }, serverInfo: { name: "oversized", version: "1" } }),
  "resources/read": ({ uri }) => ({ contents: [{ uri: String(uri).slice(-16), text: String(String(uri).length) }] }),
  line: ({ bytes }) => ({ pad: "x".repeat(Number(bytes)) }),
  notice: ({ bytes }) => {
    say({ method: "notifications/message", params: { level: "info", data: "x".repeat(Number(bytes)) } });
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
  const message: unknown = JSON.parse(line);
  if (!isRecord(message) || message.id === undefined || typeof message.method !== "string") continue;
  const params = isRecord(message.params) ? message.params : {};
  say({ id: message.id, result: results[message.method]?.(params) ?? {} });
}
