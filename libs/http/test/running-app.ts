import { connect, type AddressInfo } from "node:net";
import { createLog } from "@mcp-auth-proxy/telemetry";
import type { FastifyInstance } from "fastify";
import { createHttpApp, mountHealth, type HttpAppOptions } from "../src/index.ts";

export interface RunningApp {
  readonly app: FastifyInstance;
  readonly base: string;
  /** Every line of the log so far, at debug. */
  readonly lines: string[];
  /** Writes bytes on a connection of its own, each piece when something came back for the one before, and answers all that came back until the other side ended it. */
  readonly raw: (...pieces: readonly (string | Buffer)[]) => Promise<string>;
  /** Writes these bytes and cuts the connection without reading. */
  readonly cut: (bytes: string) => Promise<void>;
  readonly get: (path: string) => Promise<Response>;
}

/** The real server on a real socket, with `/healthz` and whatever `mount` adds. */
export const runApp = async (mount: (app: FastifyInstance) => void | Promise<void> = () => undefined, options: Partial<HttpAppOptions> = {}): Promise<RunningApp> => {
  const lines: string[] = [];
  const log = createLog({ level: "debug", format: "json", destination: { write: (line) => lines.push(line) } });
  const app = createHttpApp({ log, ...options });
  mountHealth(app, () => []);
  await mount(app);
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as AddressInfo;
  return {
    app,
    lines,
    base: `http://127.0.0.1:${port}`,
    get: (path) => fetch(`http://127.0.0.1:${port}${path}`),
    raw: (...pieces) =>
      new Promise((resolve) => {
        let answer = "";
        const left = [...pieces];
        const writeNext = (): void => {
          const piece = left.shift();
          if (piece !== undefined) socket.write(piece);
        };
        const socket = connect(port, "127.0.0.1", writeNext);
        socket.on("data", (chunk) => {
          answer += chunk.toString("latin1");
          writeNext();
        });
        // A reset is an end too: what came before it is the answer.
        socket.on("error", () => socket.destroy());
        socket.on("close", () => resolve(answer));
      }),
    cut: (bytes) =>
      new Promise((resolve) => {
        const socket = connect(port, "127.0.0.1", () => socket.write(bytes, () => socket.resetAndDestroy()));
        socket.on("error", () => undefined);
        socket.on("close", () => resolve());
      }),
  };
};
