import { jsonRpcCodes, type JsonRpcError } from "../../wire/json-rpc.ts";

const internal = (message: string): JsonRpcError => ({ code: jsonRpcCodes.internalError, message });

/** What a client of revision 2026-07-28 is told when its server gives no answer that can be passed on. */
export const modernRelayErrors = {
  notStarted: internal("The MCP server could not be started."),
  childEnded: internal("The MCP server ended before it answered."),
  badAnswer: internal("The MCP server gave an answer that can not be passed on."),
  badList: internal("The MCP server gave a list of tools that can not be passed on: it is ambiguous, or so large that it has to come in pages."),
  timedOut: internal("The MCP server did not answer in time."),
} as const;
