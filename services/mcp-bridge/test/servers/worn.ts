// A stdio MCP server that shows which token it was given. Run it, do not import it.
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

const { TOKEN, CREDENTIALS } = process.env;
const say = (message: unknown): void => void process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...(message as object) })}\n`);

const file = (): unknown => {
  if (CREDENTIALS === undefined) return undefined;
  const { mode, uid } = statSync(CREDENTIALS);
  return { path: CREDENTIALS, mode: (mode & 0o777).toString(8), uid, token: JSON.parse(readFileSync(CREDENTIALS, "utf8")).access_token };
};

const questions = new Map<string, (answer: unknown) => void>();

const call = async (params: { name?: string; arguments?: Record<string, string>; authorization?: string }): Promise<unknown> => {
  const { name, arguments: given = {} } = params;
  // Ends by itself when no test lets it go.
  if (name === "wait") writeFileSync(`${given.file}.waiting`, "");
  if (name === "wait") for (let left = 3_000; left > 0 && !existsSync(given.file ?? ""); left -= 1) await pause(20);
  if (name === "crash") process.exit(3);
  if (name === "ask") {
    const answer = await new Promise((resolve) => {
      questions.set("question-1", resolve);
      say({ id: "question-1", method: "roots/list" });
    });
    return { token: TOKEN, answer };
  }
  return { token: TOKEN, file: file(), params: params.authorization, members: Object.keys(params), pid: process.pid, environment: Object.keys(process.env).toSorted(), args: process.argv };
};

const answer = async ({ id, method, params = {} }: { id: unknown; method: string; params?: Record<string, unknown> }): Promise<void> => {
  if (method === "initialize") say({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {}, logging: {} }, serverInfo: { name: "worn", version: "1" }, instructions: JSON.stringify(params.authorization ?? "none") } });
  else if (method === "server/discover") {
    const meta = { "io.modelcontextprotocol/serverInfo": { name: "worn", version: "1" } };
    if (process.argv.includes("modern")) say({ id, result: { supportedVersions: ["2026-07-28"], capabilities: { tools: {} }, ttlMs: 0, cacheScope: "private", resultType: "complete", _meta: meta } });
    else say({ id, error: { code: -32_601, message: "Method not found" } });
  } else if (method === "tools/list") say({ id, result: { resultType: "complete", ttlMs: 0, cacheScope: "private", tools: [{ name: "whoami", inputSchema: { type: "object" } }] } });
  else if (method === "tools/call") say({ id, result: { resultType: "complete", content: [{ type: "text", text: JSON.stringify(await call(params)) }] } });
  else say({ id, result: {} });
};

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.method === undefined) questions.get(message.id)?.(message.result ?? message.error);
  else if (message.id !== undefined) void answer(message);
}
