import { jsonRpcCodes, type JsonRpcError } from "../wire/json-rpc.ts";
import type { UpstreamEnd } from "./upstream.ts";

const internal = (message: string): JsonRpcError => ({ code: jsonRpcCodes.internalError, message });

/** What a client, or a server that asked it something, is told when no answer will come. */
export const relayErrors = {
  notStarted: internal("The MCP server could not be started."),
  childEnded: internal("The MCP server ended before it answered."),
  keepsFailing: internal("The MCP server keeps ending. Try again in a while."),
  noRoom: internal("The gateway has no room for another MCP server process now. Try again in a while."),
  badAnswer: internal("The MCP server gave an answer that is no JSON-RPC message."),
  badList: internal("The MCP server gave a list of tools that can not be passed on: it is ambiguous, or so large that it has to come in pages."),
  timedOut: internal("The MCP server did not answer in time."),
  notReading: internal("The MCP server does not take more messages now."),
  tooManySubscriptions: internal("This session is subscribed to too many resources: unsubscribe from others first."),
  nobodyListens: internal("The client has no open stream."),
  ambiguous: { code: jsonRpcCodes.invalidRequest, message: "A member of the message is there twice." },
  cancelledByClient: internal("The request was cancelled."),
  tooLargeToKeep: internal("The answer came while the client was away, and was too large to keep."),
} as const;

export const errorOfEnd = ({ kind }: UpstreamEnd): JsonRpcError => {
  switch (kind) {
    case "unstartable":
      return relayErrors.notStarted;
    case "backing-off":
      return relayErrors.keepsFailing;
    case "no-room":
      return relayErrors.noRoom;
    case "changed":
    case "stalled":
    case "exited":
    case "line-too-long":
    case "told-to":
      return relayErrors.childEnded;
    default: {
      const never: never = kind;
      return never;
    }
  }
};
