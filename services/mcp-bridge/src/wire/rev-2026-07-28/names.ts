/** The revision whose requests carry their own context and need no session. */
export const modernRevision = "2026-07-28";
export const modernRevisions: readonly string[] = [modernRevision];

/** Members of `_meta` that this revision gives a meaning (MCP 2026-07-28, basic, "General fields"). */
export const metaKeys = {
  protocolVersion: "io.modelcontextprotocol/protocolVersion",
  clientCapabilities: "io.modelcontextprotocol/clientCapabilities",
  clientInfo: "io.modelcontextprotocol/clientInfo",
  logLevel: "io.modelcontextprotocol/logLevel",
  subscriptionId: "io.modelcontextprotocol/subscriptionId",
  relatedTask: "io.modelcontextprotocol/related-task",
} as const;

const reservedPrefix = "io.modelcontextprotocol/";
const sentByClients: ReadonlySet<string> = new Set([
  metaKeys.protocolVersion,
  metaKeys.clientCapabilities,
  metaKeys.clientInfo,
  metaKeys.logLevel,
  metaKeys.relatedTask,
]);

/** Whether a client may not say this: the prefix is the protocol's own, and no request has a member of this name. */
export const isForbiddenToClients = (metaKey: string): boolean => metaKey.toLowerCase().startsWith(reservedPrefix) && !sentByClients.has(metaKey);

export const logLevels: ReadonlySet<string> = new Set(["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]);

/** Methods that a header names the object of, and the member of `params` that has the name (SEP-2243, SEP-2663). */
export const namedBy: ReadonlyMap<string, string> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
  ["tasks/get", "taskId"],
  ["tasks/update", "taskId"],
  ["tasks/cancel", "taskId"],
]);

/** Only these may be answered with `input_required` and carried on with a `requestState` (MCP 2026-07-28, MRTR). */
export const multiRoundMethods: ReadonlySet<string> = new Set(["tools/call", "prompts/get", "resources/read"]);

export const listenMethod = "subscriptions/listen";
