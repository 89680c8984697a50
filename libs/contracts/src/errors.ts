/**
 * Every error code that crosses a service boundary. One union: a receiver can switch over it to the end.
 * Codes of the OAuth wire (RFC 6749 section 5.2) live in libs/http, because only HTTP answers carry them.
 */
export const errorCodes = {
  bad_request: { retryable: false, wire: "The request was not understood." },
  not_found: { retryable: false, wire: "There is no such thing." },
  conflict: { retryable: true, wire: "Something changed at the same time. Try again." },
  refused: { retryable: false, wire: "The request was refused." },
  limit_exceeded: { retryable: true, wire: "Too many requests. Try again later." },
  undecryptable: { retryable: false, wire: "The stored secret can not be opened." },
  not_connected: { retryable: false, wire: "The account that this server needs is not connected." },
  credential_expired: { retryable: true, wire: "The connected account's access has expired and can be renewed." },
  reconnect_required: { retryable: false, wire: "The connected account has to be connected again." },
  no_responders: { retryable: true, wire: "A part of the gateway is not available." },
  timeout: { retryable: true, wire: "A part of the gateway did not answer in time." },
  unavailable: { retryable: true, wire: "The gateway can not answer now. Try again." },
  internal: { retryable: false, wire: "Something went wrong." },
} as const satisfies Record<string, { retryable: boolean; wire: string }>;

export type ErrorCode = keyof typeof errorCodes;

/**
 * An error that may cross a boundary. `wire` is constant and bland and is all that a caller sees;
 * `detail` is for the log of the service that raised it and never leaves the process.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;

  constructor(code: ErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail}`, cause === undefined ? undefined : { cause });
    this.name = "AppError";
    this.code = code;
    this.detail = detail;
  }

  get wire(): string {
    return errorCodes[this.code].wire;
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }
}
