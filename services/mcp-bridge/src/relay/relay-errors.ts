import type { ChildEnd } from "../children/child.ts";
import { jsonRpcCodes, type JsonRpcError } from "../wire/json-rpc.ts";

const internal = (message: string): JsonRpcError => ({ code: jsonRpcCodes.internalError, message });

/** What a client, or a server that asked it something, is told when no answer will come. */
export const relayErrors = {
  notStarted: internal("The MCP server could not be started."),
  childEnded: internal("The MCP server ended before it answered."),
  badAnswer: internal("The MCP server gave an answer that is no JSON-RPC message."),
  timedOut: internal("The MCP server did not answer in time."),
  notReading: internal("The MCP server does not take more messages now."),
  nobodyListens: internal("The client has no open stream."),
  cancelledByClient: internal("The request was cancelled."),
  tooLargeToKeep: internal("The answer came while the client was away, and was too large to keep."),
} as const;

export const errorOfEnd = ({ kind }: ChildEnd): JsonRpcError => (kind === "unstartable" ? relayErrors.notStarted : relayErrors.childEnded);
