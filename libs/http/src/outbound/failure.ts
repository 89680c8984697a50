import { err, type Result } from "@mcp-auth-proxy/contracts";

/** Why no document came back. */
export type OutboundFailureCode =
  /** Refused before anything was sent: the URL's text, or an address that is not public. */
  | "url"
  | "address"
  /** Too many requests are under way, in all or to this host. */
  | "busy"
  /** Nothing came back: no such name, no connection or no good certificate, too slow, given up by the caller. */
  | "name"
  | "connection"
  | "timeout"
  | "aborted"
  /** An answer came that is not taken. */
  | "redirect"
  | "status"
  | "encoding"
  | "too_large";

/** `detail` is for the log: constant text and codes, nothing that the other side wrote. */
export interface OutboundFailure {
  readonly code: OutboundFailureCode;
  readonly detail: string;
  /** The HTTP status, where one came. */
  readonly status?: number;
  readonly cause?: unknown;
}

export const failed = (code: OutboundFailureCode, detail: string, more: Pick<OutboundFailure, "status" | "cause"> = {}): Result<never, OutboundFailure> =>
  err({ code, detail, ...more });
