import type { Random } from "./random.ts";

const meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}, "io.modelcontextprotocol/clientInfo": { name: "fuzz", version: "1" } };

/** What a client of the revisions with sessions says, by a number that makes ids differ. */
export function sessionMessage(number: number, random: Random): string {
  const id = random.pick<number | string>([number, `n-${number}`]);
  const request = (method: string, params: object): object => ({ jsonrpc: "2.0", id, method, params });
  return JSON.stringify(
    random.pick<() => object>([
      () => request("ping", {}),
      () => request("tools/list", { cursor: "c" }),
      () => request("tools/call", { name: "echo", arguments: { message: "hé 한", deep: [{ a: 1 }] }, _meta: { progressToken: id } }),
      () => request("resources/read", { uri: "file:///a%20b" }),
      () => request("resources/subscribe", { uri: "file:///a" }),
      () => request("logging/setLevel", { level: "info" }),
      () => request("completion/complete", { ref: { type: "ref/prompt", name: "p" }, argument: { name: "a", value: "b" } }),
      () => request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "fuzz", version: "1" } }),
      () => ({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: number - 1, reason: "fuzz" } }),
      () => ({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: number - 1, progress: 1 } }),
      () => ({ jsonrpc: "2.0", id: "q", result: { roots: [] } }),
      () => ({ jsonrpc: "2.0", id: number, error: { code: -32_603, message: "no" } }),
    ])(),
  );
}

/** A request of revision 2026-07-28 with its headers. */
export function statelessMessage(number: number, random: Random): { readonly text: string; readonly headers: Record<string, string> } {
  const [method, params, name] = random.pick<readonly [string, object, string?]>([
    ["tools/list", {}],
    ["tools/call", { name: "echo", arguments: { message: "hé 한", region: "eu" } }, "echo"],
    ["tools/call", { name: "echo", arguments: {}, inputResponses: { a: {} }, requestState: "a1.AAAA" }, "echo"],
    ["resources/read", { uri: "file:///a" }, "file:///a"],
    ["prompts/get", { name: "p", arguments: {} }, "p"],
    ["server/discover", {}],
  ]);
  const text = JSON.stringify({ jsonrpc: "2.0", id: number, method, params: { ...params, _meta: { ...meta, progressToken: number } } });
  return { text, headers: { "mcp-protocol-version": "2026-07-28", "mcp-method": method, ...(name === undefined ? {} : { "mcp-name": name }) } };
}

/** What a server says, about requests that may be under way and others. */
export function serverLine(random: Random, ids: readonly unknown[]): string {
  const id = ids[random.below(ids.length)] ?? random.below(1_000);
  return JSON.stringify(
    random.pick<() => object>([
      () => ({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text: "x" }] } }),
      () => ({ jsonrpc: "2.0", id, error: { code: -32_020, message: "no", data: { a: 1 } } }),
      () => ({ jsonrpc: "2.0", id, result: { resultType: "input_required", inputRequests: {}, requestState: "s" } }),
      () => ({ jsonrpc: "2.0", id: `q-${random.below(1_000)}`, method: "roots/list" }),
      () => ({ jsonrpc: "2.0", id: random.below(1_000), method: "ping" }),
      () => ({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: id, progress: 1, total: 2 } }),
      () => ({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "x" } }),
      () => ({ jsonrpc: "2.0", method: "notifications/tools/list_changed", params: { _meta: { "io.modelcontextprotocol/subscriptionId": id } } }),
      () => ({ jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri: "file:///a" } }),
      () => ({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: `q-${random.below(1_000)}` } }),
      () => ({ jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged", params: { _meta: { "io.modelcontextprotocol/subscriptionId": id } } }),
    ])(),
  );
}
