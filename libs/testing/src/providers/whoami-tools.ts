import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { isObject } from "../json.ts";

/** Answers who the caller is; throws with a reason when it can not be said. */
export type WhoAmI = (params: Readonly<Record<string, unknown>>) => Promise<unknown>;

export type JsonRpc = Readonly<Record<string, unknown>>;

const versions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
const anything = { type: "object", properties: {} };

const tools = [
  { name: "whoami", description: "Whose token arrived with this call.", inputSchema: anything },
  {
    name: "wait",
    description: "Answers as whoami does, as it was when the call came, and only when the file exists.",
    inputSchema: { type: "object", properties: { file: { type: "string" } }, required: ["file"] },
  },
];

/** An MCP server that can only say whose token it got. Undefined: there is nothing to answer. */
export async function answerMcp(message: JsonRpc, whoAmI: WhoAmI): Promise<JsonRpc | undefined> {
  const { id, method } = message;
  if (id === undefined || typeof method !== "string") return undefined;
  const params = isObject(message.params) ? message.params : {};
  const result = await resultOf(method, params, whoAmI);
  return { jsonrpc: "2.0", id, ...(result === undefined ? { error: { code: -32_601, message: "Method not found" } } : { result }) };
}

async function resultOf(method: string, params: Readonly<Record<string, unknown>>, whoAmI: WhoAmI): Promise<unknown> {
  switch (method) {
    case "initialize": {
      const asked = versions.find((version) => version === params.protocolVersion);
      return { protocolVersion: asked ?? versions[0], capabilities: { tools: {} }, serverInfo: { name: "whoami", version: "1.0.0" } };
    }
    case "ping":
      return {};
    case "tools/list":
      return { tools };
    case "tools/call":
      return callTool(params, whoAmI);
    default:
      return undefined;
  }
}

async function callTool(params: Readonly<Record<string, unknown>>, whoAmI: WhoAmI): Promise<unknown> {
  try {
    const answer = await whoAmI(params);
    const given = isObject(params.arguments) ? params.arguments : {};
    if (params.name === "wait") await fileToAppear(String(given.file));
    else if (params.name !== "whoami") return { content: [{ type: "text", text: "there is no such tool" }], isError: true };
    return { content: [{ type: "text", text: JSON.stringify(answer) }] };
  } catch (cause) {
    return { content: [{ type: "text", text: cause instanceof Error ? cause.message : "it failed" }], isError: true };
  }
}

// The file is how a test lets a call go that is under way in another process. It ends by itself when nobody does.
async function fileToAppear(file: string): Promise<void> {
  const endAt = Date.now() + 60_000;
  while (!existsSync(file)) {
    if (Date.now() > endAt) throw new Error("the file did not appear within a minute");
    await pause(20);
  }
}
