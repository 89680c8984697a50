// A stdio MCP server of revision 2026-07-28 without an SDK: it does what a test names as a method. Run it, do not import it.
import { createInterface } from "node:readline";

const write = (line: string): void => void process.stdout.write(`${line}\n`);
const subscriptionId = "io.modelcontextprotocol/subscriptionId";

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: unknown;
  readonly error?: unknown;
}

const answer = (id: unknown, result: object): void => write(JSON.stringify({ jsonrpc: "2.0", id, result: { resultType: "complete", ...result } }));
const fail = (id: unknown, code: number, data?: unknown): void => write(JSON.stringify({ jsonrpc: "2.0", id, error: { code, message: "as asked", data } }));
const notify = (method: string, params: unknown): void => write(JSON.stringify({ jsonrpc: "2.0", method, params }));

const cancelled: unknown[] = [];
const subscriptions = new Map<unknown, unknown>();
const asked = new Map<unknown, (said: unknown) => void>();
let description = "What it always was.";

const inputSchema = (name: string, property: object) => ({ type: "object", properties: { [name]: property } });
const tools = () => [
  { name: "plain", description, inputSchema: { type: "object" } },
  { name: "located", inputSchema: inputSchema("region", { type: "string", "x-mcp-header": "Region" }) },
  { name: "counted", inputSchema: inputSchema("count", { type: "integer", "x-mcp-header": "Count" }) },
  { name: "secretive", inputSchema: inputSchema("apiKey", { type: "string", "x-mcp-header": "Key" }) },
  { name: "delete_all", inputSchema: { type: "object" } },
];

const methods: Record<string, (message: Message, line: string) => void> = {
  "server/discover": ({ id }) => answer(id, { supportedVersions: ["2026-07-28"], capabilities: { tools: { listChanged: true } }, ttlMs: 0, cacheScope: "private" }),
  "tools/list": ({ id }) => (process.argv.includes("--no-list") ? fail(id, process.argv.includes("--unknown") ? -32601 : -32603) : answer(id, { tools: tools(), ttlMs: 0, cacheScope: "private" })),
  "tools/call": ({ id, params = {} }) => {
    const { requestState } = params;
    if (params.name === "delete_all") deleted += 1;
    if (params.name !== "plain" || (params.arguments as Record<string, unknown> | undefined)?.ask !== true) return answer(id, { called: params.name, arguments: params.arguments });
    if (requestState !== undefined) return answer(id, { requestState, inputResponses: params.inputResponses });
    return answer(id, { resultType: "input_required", inputRequests: { who: { method: "elicitation/create", params: {} } }, requestState: "state of the server" });
  },
  deleted: ({ id }) => answer(id, { deleted }),
  redefine: ({ id, params }) => {
    description = String(params?.as);
    answer(id, {});
  },
  /** The line as it arrived, so that a test can see the bytes. */
  line: ({ id }, line) => answer(id, { line }),
  pid: ({ id }) => answer(id, { pid: process.pid }),
  hang: () => undefined,
  "prompts/get": () => undefined,
  cancelled: ({ id }) => answer(id, { cancelled }),
  crash: () => process.exit(3),
  fail: ({ id, params }) => fail(id, Number(params?.code), params?.data),
  say: ({ params }) => write(String(params?.text)),
  progress: ({ id, params }) => {
    const { progressToken } = (params?._meta ?? {}) as { progressToken?: unknown };
    for (let progress = 1; progress <= Number(params?.count); progress += 1) notify("notifications/progress", { progressToken, progress });
    answer(id, { progressToken });
  },
  /** Progress with so much text that a client has to read to get it all. */
  flood: ({ id, params }) => {
    const { progressToken } = (params?._meta ?? {}) as { progressToken?: unknown };
    for (let progress = 1; progress <= Number(params?.count); progress += 1) notify("notifications/progress", { progressToken, progress, message: "x".repeat(Number(params?.bytes)) });
    answer(id, {});
  },
  log: ({ id, params }) => {
    notify("notifications/message", { level: "info", data: params?.data });
    answer(id, {});
  },
  /** Asks the client, which this revision does not allow, and says what came back. */
  ask: ({ id }) => {
    asked.set("q", (said) => answer(id, { said }));
    write(JSON.stringify({ jsonrpc: "2.0", id: "q", method: "roots/list" }));
  },
  "subscriptions/listen": ({ id, params }) => {
    subscriptions.set(id, params?.notifications);
    notify("notifications/subscriptions/acknowledged", { notifications: params?.notifications, _meta: { [subscriptionId]: id } });
  },
  change: ({ id }) => {
    for (const subscription of subscriptions.keys()) notify("notifications/tools/list_changed", { _meta: { [subscriptionId]: subscription } });
    notify("notifications/tools/list_changed", {});
    answer(id, { subscriptions: subscriptions.size });
  },
};
let deleted = 0;

for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
  const message = JSON.parse(line) as Message;
  if (message.method === undefined) asked.get(message.id)?.(message.result ?? message.error);
  else if (message.method === "notifications/cancelled") {
    cancelled.push(message.params?.requestId);
    subscriptions.delete(message.params?.requestId);
  } else if (message.method in methods) methods[message.method]?.(message, line);
  else fail(message.id, -32601);
}
