// A stdio MCP server of both eras that answers everything, says `lines` of mutated JSON-RPC when asked to, and writes down
// whatever reaches it that is not one JSON-RPC message: the gateway must not let that pass. Run it: hostile-server.ts <findings file>
import { appendFileSync } from "node:fs";
import { serverLine } from "./messages.ts";
import { mutate } from "./mutate.ts";
import { Random } from "./random.ts";

const [, , findings = "/dev/null"] = process.argv;
const atOnce = 100;
const newline = Buffer.from("\n");
const recentIds: unknown[] = [];

const say = (message: object): void => void process.stdout.write(`${JSON.stringify(message)}\n`);
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** Hostile, but not deaf: it looks at what the client said between its lines, as it would die of a full pipe otherwise. */
async function rave(count: number, seed: number): Promise<void> {
  const random = new Random(seed);
  for (let said = 0; said < count; said += atOnce) {
    const lines = Array.from({ length: Math.min(atOnce, count - said) }, () => [mutate(serverLine(random, recentIds), random), newline]);
    const taken = process.stdout.write(Buffer.concat(lines.flat()));
    await new Promise((resolve) => {
      if (taken) setImmediate(resolve);
      else process.stdout.once("drain", resolve);
    });
  }
}

const results: Readonly<Record<string, (params: Record<string, unknown>) => object>> = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "hostile", version: "1" } }),
  "server/discover": () => ({ supportedVersions: ["2026-07-28"], capabilities: { tools: {} }, ttlMs: 0, cacheScope: "private" }),
  "tools/list": () => ({ tools: [{ name: "echo", inputSchema: { type: "object", properties: { region: { type: "string", "x-mcp-header": "Region" } } } }], ttlMs: 0, cacheScope: "private" }),
  "tools/call": (params) => ({ content: [{ type: "text", text: JSON.stringify(params.arguments ?? "") }] }),
};

function answer(line: string): void {
  const message: unknown = JSON.parse(line);
  if (!isRecord(message) || message.jsonrpc !== "2.0") throw new Error("not a JSON-RPC message");
  const { id, method } = message;
  const params = isRecord(message.params) ? message.params : {};
  if (id === undefined || typeof method !== "string") return;
  recentIds.push(id);
  if (recentIds.length > 16) recentIds.shift();
  const made = Object.hasOwn(results, method) ? results[method]?.(params) : {};
  const reply = (): void => say({ jsonrpc: "2.0", id, result: { resultType: "complete", ...made } });
  if (method === "lines") void rave(Number(params.count), Number(params.seed)).then(reply);
  else reply();
}

const decoder = new TextDecoder("utf-8", { fatal: true });
let rest = Buffer.alloc(0);
process.stdin.on("data", (chunk: Buffer) => {
  rest = Buffer.concat([rest, chunk]);
  for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
    const line = rest.subarray(0, end);
    rest = rest.subarray(end + 1);
    try {
      answer(decoder.decode(line));
    } catch (cause) {
      appendFileSync(findings, `${String(cause)}: ${line.toString("base64")}\n`);
    }
  }
});
