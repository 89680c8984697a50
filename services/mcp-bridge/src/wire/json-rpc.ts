/** Ids as JSON-RPC 2.0 has them; `null` is not allowed in MCP. */
export type JsonRpcId = string | number;

/** The JSON form of an id: keeps `1` and `"1"` apart, and takes `1.0` for `1` as every peer does. */
export type IdKey = string;
export const idKey = (id: JsonRpcId): IdKey => JSON.stringify(id);

/**
 * Codes of JSON-RPC 2.0 section 5.1, the one of MCP 2026-07-28 for a version that is not spoken, and that of 2025-11-25
 * for an address that the person has to open first.
 */
export const jsonRpcCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  invalidParams: -32602,
  internalError: -32603,
  unsupportedVersion: -32022,
  urlElicitationRequired: -32042,
} as const;
export type JsonRpcCode = (typeof jsonRpcCodes)[keyof typeof jsonRpcCodes];

/** What is wrong, in a constant sentence: nothing of the request is repeated in it. */
export interface JsonRpcError {
  readonly code: JsonRpcCode;
  readonly message: string;
  readonly data?: unknown;
}

/** An error answer. Without an id where none could be read: MCP allows that, and knows no `null` id. */
export const errorMessage = (id: JsonRpcId | undefined, error: JsonRpcError): Buffer =>
  Buffer.from(JSON.stringify(id === undefined ? { jsonrpc: "2.0", error } : { jsonrpc: "2.0", id, error }));

/** An answer of our own making. */
export const resultMessage = (id: JsonRpcId, result: unknown): Buffer => Buffer.from(JSON.stringify({ jsonrpc: "2.0", id, result }));
