import { AppError, type BusFailure, errorCodes, type ErrorCode } from "@mcp-auth-proxy/contracts";

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Says which of the two a reply is: a body (`ok`), or a failure (`failed`). */
export const outcomeHeader = "outcome";

/** Names the line in the responder's log that tells why. */
export const referenceHeader = "reference";

export const encode = (body: unknown): Uint8Array => Buffer.from(JSON.stringify(body), "utf8");

/** Throws AppError `code` for what is not JSON in UTF-8. */
export const decode = (payload: Uint8Array, code: ErrorCode): unknown => {
  try {
    const value: unknown = JSON.parse(decoder.decode(payload));
    return value;
  } catch (cause) {
    throw new AppError(code, "not JSON", cause);
  }
};

export const failureOf = (error: AppError): BusFailure => ({ code: error.code, message: error.wire, retryable: error.retryable });

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code);

/** The error that a failure stands for; a code that this version does not know counts as `internal`. */
export const errorOf = (failure: BusFailure, subject: string, reference: string): AppError =>
  isErrorCode(failure.code)
    ? new AppError(failure.code, `answered on ${subject}${reference === "" ? "" : `, reference ${reference}`}`)
    : new AppError("internal", `an unknown error code was answered on ${subject}`);
