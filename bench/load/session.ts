import http from "node:http";

export interface Target {
  readonly url: string;
  readonly authorization: string;
}

export interface Reply {
  readonly status: number;
  readonly sessionId: string | undefined;
  readonly text: string;
}

/** A client's half of Streamable HTTP with sessions, as thin as it can be: the load must not cost more than what it measures. */
export class Session {
  readonly #target: Target;
  readonly #agent: http.Agent;
  #id: string | undefined;
  #next = 1;

  constructor(target: Target, agent: http.Agent) {
    this.#target = target;
    this.#agent = agent;
  }

  async open(): Promise<void> {
    const clientInfo = { name: "bench", version: "1" };
    const reply = await this.#post({ id: this.#next++, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo } });
    if (reply.status !== 200) throw new Error(`initialize answered ${reply.status}: ${reply.text.slice(0, 200)}`);
    this.#id = reply.sessionId;
    const told = await this.#post({ method: "notifications/initialized" });
    if (told.status !== 202) throw new Error(`initialized answered ${told.status}: ${told.text.slice(0, 200)}`);
  }

  /** Fails unless the very text comes back: a fast refusal must not count as a call. */
  async echo(text: string): Promise<void> {
    const reply = await this.#post({ id: this.#next++, method: "tools/call", params: { name: "echo", arguments: { text } } });
    if (reply.status !== 200 || !reply.text.includes(text)) throw new Error(`echo answered ${reply.status}: ${reply.text.slice(0, 200)}`);
  }

  /** How many events arrived on the stream of one call. */
  async events(count: number, bytes: number): Promise<number> {
    const params = { name: "events", arguments: { count, bytes }, _meta: { progressToken: `p${this.#next}` } };
    const reply = await this.#post({ id: this.#next++, method: "tools/call", params });
    return reply.text.split("notifications/progress").length - 1;
  }

  async close(): Promise<void> {
    await this.#send("DELETE");
  }

  #post(message: Readonly<Record<string, unknown>>): Promise<Reply> {
    return this.#send("POST", JSON.stringify({ jsonrpc: "2.0", ...message }));
  }

  #send(method: string, body?: string): Promise<Reply> {
    const { url, authorization } = this.#target;
    const headers: http.OutgoingHttpHeaders = {
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-06-18",
      ...(authorization === "" ? {} : { authorization }),
      ...(this.#id === undefined ? {} : { "mcp-session-id": this.#id }),
      ...(body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
    };
    return new Promise((resolve, reject) => {
      const request = http.request(url, { method, headers, agent: this.#agent, timeout: 60_000 }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const sessionId = response.headers["mcp-session-id"];
          resolve({ status: response.statusCode ?? 0, sessionId: typeof sessionId === "string" ? sessionId : undefined, text: Buffer.concat(chunks).toString() });
        });
      });
      request.on("error", (cause: NodeJS.ErrnoException) => {
        // Between two slots a server may close what is kept alive, just as it is used again: nothing of this was read.
        if (request.reusedSocket && cause.code === "ECONNRESET") resolve(this.#send(method, body));
        else reject(cause);
      });
      request.on("timeout", () => request.destroy(new Error("no answer for 60 s")));
      request.end(body);
    });
  }
}
