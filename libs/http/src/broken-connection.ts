import type { Socket } from "node:net";

const statusOf: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Content Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};
const body = '{"error":"invalid_request"}';

/** Answers bytes that are not HTTP, as far as the connection still allows, and ends it. */
export const refuseBrokenConnection = (error: Error & { readonly code?: string }, socket: Socket): void => {
  // Once something was written, an answer in the middle of another would be read as a part of it.
  if (error.code === "ECONNRESET" || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  socket.end(
    `HTTP/1.1 ${statusOf[error.code ?? ""] ?? "400 Bad Request"}\r\ncontent-type: application/json\r\n` +
      `content-length: ${body.length}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n${body}`,
  );
};
