import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { TestCertificate } from "./certificate.ts";

/** A web server of a test. It counts, so that a test can say that nobody came. */
export interface WebHost extends AsyncDisposable {
  readonly port: number;
  /** Connections so far, whether or not anything was sent over them. */
  readonly connections: number;
  /** Requests so far, as `GET /path`. */
  readonly requests: readonly string[];
}

export interface WebHostOptions {
  /** https with this certificate; plain http without. */
  readonly certificate?: TestCertificate;
  /** Where it listens. Default 127.0.0.1. */
  readonly address?: string;
  /** Default: a free one. */
  readonly port?: number;
}

export async function startWebHost(listener: RequestListener, { certificate, address = "127.0.0.1", port = 0 }: WebHostOptions = {}): Promise<WebHost> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const counting: RequestListener = (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    listener(request, response);
  };
  const server =
    certificate === undefined ? createHttpServer(counting) : createHttpsServer({ cert: certificate.certificate, key: certificate.privateKey }, counting);
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // A client that hangs up is what many tests are about.
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("the web host has no port");
  return {
    port: bound.port,
    get connections() {
      return connections;
    },
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
