import type { Envelope } from "../wire/envelope.ts";

/** Numbers of requests start above it. */
export const introductionId = 0;

/**
 * How the gateway introduces itself to a process that several sessions share. It says that clients can be asked
 * everything; whoever can not is never asked.
 */
export const introduction = (version: string): { readonly bytes: Buffer; readonly envelope: Envelope } => {
  const params = { protocolVersion: version, capabilities: { roots: { listChanged: true }, sampling: {}, elicitation: {} }, clientInfo: { name: "mcp-auth-proxy", version: "1" } };
  return {
    bytes: Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: introductionId, method: "initialize", params })),
    envelope: { kind: "request", id: introductionId, method: "initialize", progressToken: undefined, statedVersion: undefined },
  };
};

/** What follows the answer. */
export const initializedMessage: { readonly bytes: Buffer; readonly envelope: Envelope } = {
  bytes: Buffer.from('{"jsonrpc":"2.0","method":"notifications/initialized"}'),
  envelope: { kind: "notification", method: "notifications/initialized", progressToken: undefined, cancels: undefined, statedVersion: undefined },
};

/** RFC 5424 section 6.2.1, least severe first; as JSON. */
const levels = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"].map((level) => JSON.stringify(level));

/** Whether a message of this level is to be seen where `least` is asked for. What is no level is always seen. */
export const isSevereEnough = (level: string, least: string): boolean => !levels.includes(level) || levels.indexOf(level) >= levels.indexOf(least);
