import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";

const statusOf: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Content Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** Anything else broke below HTTP, in TLS for example, where an answer would be noise that nobody can read. */
const isAboutHttp = (code = ""): boolean => code.startsWith("HPE_") || code === "ERR_HTTP_REQUEST_TIMEOUT";

const body = '{"error":"invalid_request"}';

const answer = (status: string): string =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n${body}`;

export interface BrokenConnections {
  watch(server: Server): void;
  /** Answers bytes that are not HTTP, as far as the connection still allows, and ends it. */
  refuse(error: Error & { readonly code?: string }, socket: Socket): void;
}

export const createBrokenConnections = (): BrokenConnections => {
  const lastRequest = new WeakMap<Socket, IncomingMessage>();

  /** Our answer must not be taken for a part of another, nor for the answer to a whole request that came before. */
  const mayAnswer = (socket: Socket): boolean =>
    socket.writable && socket.bytesWritten === 0 && lastRequest.get(socket)?.complete !== true;

  return {
    watch: (server) => {
      server.on("request", (request) => lastRequest.set(request.socket, request));
    },
    refuse: (error, socket) => {
      if (!isAboutHttp(error.code) || !mayAnswer(socket)) socket.destroy();
      else socket.end(answer(statusOf[error.code ?? ""] ?? "400 Bad Request"));
    },
  };
};
