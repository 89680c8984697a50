import { AppError } from "@mcp-auth-proxy/contracts";
import type { BusMessage, MessageHeaders } from "./port.ts";

/** The NATS default for `max_payload`; headers count towards it there, so they do here. */
export const maxMessageBytes = 1_048_576;

const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const headerValue = /^\P{Cc}*$/u;

const copyHeaders = (headers: MessageHeaders): MessageHeaders => {
  const entries = Object.entries(headers).map(([name, value]) => {
    // A line break in a value would be a second header on a real connection.
    if (!headerName.test(name) || typeof value !== "string" || !headerValue.test(value)) {
      throw new AppError("bad_request", "a message header is not plain text, or its name is not lower case");
    }
    return [name, value.trim()] as const;
  });
  return Object.fromEntries(entries);
};

/** What a hop over a socket does to a message: new bytes, new headers, nothing shared, and a size limit. */
export const copyMessage = (subject: string, payload: Uint8Array, headers: MessageHeaders = {}): BusMessage => {
  const copied = copyHeaders(headers);
  const headerBytes = Object.entries(copied).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value) + 4, 0);
  if (payload.byteLength + headerBytes > maxMessageBytes) {
    throw new AppError("bad_request", `a message of ${payload.byteLength + headerBytes} bytes is over the limit of ${maxMessageBytes}`);
  }
  return { subject, payload: new Uint8Array(payload), headers: copied };
};
