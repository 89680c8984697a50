import { type JsonRpcCode, jsonRpcCodes, type JsonRpcError } from "../wire/json-rpc.ts";

/** Why a request is not served, as the client sees it: a status and a constant sentence. */
export interface Refusal {
  readonly status: number;
  readonly error: JsonRpcError;
  readonly headers?: Readonly<Record<string, string>>;
}

export const refusal = (
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
  code: JsonRpcCode = jsonRpcCodes.invalidRequest,
): Refusal => ({ status, headers, error: { code, message } });

/** Seconds after which a client that was refused for lack of room may ask again. */
const retryAfter = { "retry-after": "5" };

export const refusals = {
  foreignHost: refusal(403, "This host name is not served here."),
  foreignOrigin: refusal(403, "Requests from this origin are not allowed."),
  noTokenShown: refusal(401, "An access token is needed."),
  tokenInvalid: refusal(401, "The access token is not valid here."),
  scopeMissing: refusal(403, "The access token does not allow this."),
  unavailable: refusal(503, "The gateway can not check access tokens now. Try again.", retryAfter, jsonRpcCodes.internalError),
  tooLarge: refusal(413, "The message is too large."),
  notJson: refusal(415, "The body must be application/json in UTF-8, without a content encoding."),
  notAcceptable: refusal(406, "The client must accept application/json or text/event-stream."),
  streamNotAcceptable: refusal(406, "The client must accept text/event-stream."),
  malformedRequest: refusal(400, "The request is malformed."),
  malformed: refusal(400, "The body is not one JSON text.", {}, jsonRpcCodes.parseError),
  invalidMessage: refusal(400, "The body is not one JSON-RPC message."),
  batch: refusal(400, "Batches are not accepted: send one message a request."),
  invalidBatch: refusal(400, "The batch is empty, too long, or holds something that is not a JSON-RPC message of its own."),
  eventUnknown: refusal(404, "There is no such event in this session."),
  sessionMissing: refusal(400, "The Mcp-Session-Id header is missing: initialize first."),
  sessionUnknown: refusal(404, "There is no such session: initialize again."),
  sessionExists: refusal(400, "This session is initialized already."),
  noStreamHere: refusal(405, "Without a session there is no stream to listen to.", { allow: "POST, GET, DELETE" }),
  duplicateId: refusal(400, "A request with this id is under way."),
  tooManyRequests: refusal(429, "Too many requests are under way in this session.", retryAfter, jsonRpcCodes.internalError),
  notReading: refusal(503, "The MCP server does not take more messages now.", retryAfter, jsonRpcCodes.internalError),
  tooManySessions: refusal(429, "Too many sessions are open. Close one, or try again later.", retryAfter, jsonRpcCodes.internalError),
  full: refusal(503, "The gateway has no room for another session now.", retryAfter, jsonRpcCodes.internalError),
  failed: refusal(500, "Something went wrong.", {}, jsonRpcCodes.internalError),
} as const satisfies Record<string, Refusal>;
