import type { JsonRpcId } from "../json-rpc.ts";

/** Codes that MCP 2026-07-28 gives a meaning, and those of JSON-RPC that it pairs with a status. */
export const modernCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
} as const;

/** An error of ours with the HTTP status it goes out with. Constant sentences: nothing of the request is in them. */
export interface ModernError {
  readonly status: number;
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
  /** Seconds after which to ask again. */
  readonly retryAfter?: number;
}

const wrong = (code: number, message: string, data?: unknown): ModernError => ({ status: 400, code, message, ...(data === undefined ? {} : { data }) });

export const invalidParams = (message: string): ModernError => wrong(modernCodes.invalidParams, message);
export const headerMismatch = (header: string): ModernError => wrong(modernCodes.headerMismatch, "The request's headers and its body disagree.", { header });

/** `requested` is asked for by the specification; only what can be a version is repeated. */
export const unsupportedVersion = (supported: readonly string[], requested: string): ModernError =>
  wrong(modernCodes.unsupportedVersion, "Unsupported protocol version.", { supported, ...(/^[\w.-]{1,32}$/.test(requested) ? { requested } : {}) });

export const modernErrors = {
  duplicateMember: wrong(modernCodes.invalidRequest, "A member of the message is there twice."),
  tooManyMembers: wrong(modernCodes.invalidRequest, "The message has too many members."),
  metaMissing: invalidParams("params._meta must name the protocol version and the client's capabilities."),
  clientInfoInvalid: invalidParams("params._meta names a client that is no object."),
  logLevelInvalid: invalidParams("params._meta names a log level that does not exist."),
  stateRefused: invalidParams("This requestState is not valid here, or no more: begin again."),
  unknownTool: { status: 200, code: modernCodes.invalidParams, message: "Unknown tool." },
  unavailable: { status: 503, code: modernCodes.internalError, message: "The gateway can not start the MCP server now.", retryAfter: 5 },
  subjectFull: { status: 429, code: modernCodes.internalError, message: "Too many MCP servers are running for you. Try again later.", retryAfter: 5 },
  tooMany: { status: 429, code: modernCodes.internalError, message: "Too many requests are under way.", retryAfter: 5 },
  toolsUnknown: { status: 503, code: modernCodes.internalError, message: "The MCP server does not say now which tools it has.", retryAfter: 5 },
  notReading: { status: 503, code: modernCodes.internalError, message: "The MCP server does not take more messages now.", retryAfter: 5 },
} as const satisfies Record<string, ModernError>;

/**
 * The status of an answer that the server gave (MCP 2026-07-28, Streamable HTTP): only these errors have one of their
 * own, every other error is the payload of a request that went well.
 */
export const statusOf = (code: number | undefined): number => {
  if (code === modernCodes.methodNotFound) return 404;
  return code === modernCodes.missingCapability || code === modernCodes.unsupportedVersion ? 400 : 200;
};

export const modernErrorMessage = (id: JsonRpcId | undefined, { code, message, data }: ModernError): Buffer =>
  Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...(id === undefined ? {} : { id }), error: { code, message, ...(data === undefined ? {} : { data }) } }));
