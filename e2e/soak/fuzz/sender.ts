import { Agent, request } from "node:http";

export interface Sent {
  /** 0: no answer in time, or a connection that broke. */
  readonly status: number;
  readonly text: string;
  readonly failure?: string;
}

const limitMs = 30_000;

/** Posts over a few connections, each used again and again. */
export class Sender {
  readonly #url: URL;
  readonly #agent: Agent;
  readonly #token: string;
  sessionId: string | undefined;

  constructor(url: string, token: string, connections: number) {
    this.#url = new URL(url);
    this.#token = token;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  post(body: Buffer | string, headers: Readonly<Record<string, string>> = {}): Promise<Sent> {
    return this.#send("POST", body, headers);
  }

  /** The session's own stream, read and thrown away until `close`. */
  listen(): { readonly close: () => void } {
    const listening = request(this.#url, { headers: this.#headers({ accept: "text/event-stream" }), agent: false }, (stream) => stream.resume().on("error", () => undefined));
    listening.on("error", () => undefined).end();
    return { close: () => listening.destroy() };
  }

  async initialize(protocolVersion: string): Promise<void> {
    const params = { protocolVersion, capabilities: { roots: {}, sampling: {} }, clientInfo: { name: "fuzz", version: "1" } };
    const opening = request(this.#url, { method: "POST", agent: this.#agent, headers: this.#headers({}) });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    opening.on("error", reject).on("response", (answer) => {
      this.sessionId = String(answer.headers["mcp-session-id"]);
      answer.resume().on("end", () => resolve());
    });
    opening.end(JSON.stringify({ jsonrpc: "2.0", id: "init", method: "initialize", params }));
    await promise;
    await this.post('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  }

  close(): void {
    this.#agent.destroy();
  }

  #headers(more: Readonly<Record<string, string>>): Record<string, string> {
    const session: Record<string, string> = this.sessionId === undefined ? {} : { "mcp-session-id": this.sessionId };
    return { accept: "application/json, text/event-stream", "content-type": "application/json", authorization: `Bearer ${this.#token}`, ...session, ...more };
  }

  #send(method: string, body: Buffer | string, headers: Readonly<Record<string, string>>): Promise<Sent> {
    const { promise, resolve } = Promise.withResolvers<Sent>();
    const failed = (failure: string): void => resolve({ status: 0, text: "", failure });
    const outgoing = request(this.#url, { method, agent: this.#agent, headers: { ...this.#headers(headers), "content-length": Buffer.byteLength(body) } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.once("error", (cause) => failed(String(cause)));
      answer.once("end", () => {
        clearTimeout(timer);
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    const timer = setTimeout(() => {
      failed("no answer in time");
      outgoing.destroy();
    }, limitMs);
    outgoing.once("error", (cause) => {
      clearTimeout(timer);
      failed(String(cause));
    });
    outgoing.end(body);
    return promise;
  }
}
