import type { ServerResponse } from "node:http";

const prefix = Buffer.from("event: message\ndata: ");
const suffix = Buffer.from("\n\n");

const eventStreamHeaders = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  // nginx holds a response back until its buffer is full, unless it is told not to.
  "x-accel-buffering": "no",
} as const;

/**
 * Writes messages to one response as server-sent events (WHATWG HTML, section 9.2). What is sent in one turn of the
 * event loop leaves in one write: a server that says much says it in one burst.
 */
export class EventStream {
  readonly #response: ServerResponse;
  #gathering = false;

  /** Sends the head at once, so that the client knows the stream is there. */
  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>) {
    this.#response = response;
    response.writeHead(200, { ...headers, ...eventStreamHeaders });
    response.flushHeaders();
  }

  /** Answers false when the client does not keep up: send no more until the response drains. */
  send(message: Buffer, id?: string): boolean {
    const response = this.#response;
    this.#gather();
    if (id !== undefined) response.write(`id: ${id}\n`);
    response.write(prefix);
    response.write(message);
    response.write(suffix);
    if (response.writableNeedDrain) this.#release();
    // Not what write said: all of it may have left in uncork, its drain event with it, and no other would come.
    return !response.writableNeedDrain;
  }

  /** An event of another type than `message`. */
  sendNamed(event: string, data: string): void {
    this.#response.write(`event: ${event}\ndata: ${data}\n\n`);
  }

  /** An event with an id and no data: a client that loses the stream right away can ask for it. */
  prime(id: string, retryMs: number): void {
    this.#response.write(`id: ${id}\nretry: ${retryMs}\ndata: \n\n`);
  }

  /** A comment: nothing to the client, a sign of life to every proxy on the way. */
  keepAlive(): void {
    if (!this.#response.writableNeedDrain) this.#response.write(": keep-alive\n\n");
  }

  end(): void {
    this.#release();
    this.#response.end();
  }

  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    this.#response.cork();
    process.nextTick(() => this.#release());
  }

  #release(): void {
    if (!this.#gathering) return;
    this.#gathering = false;
    const response = this.#response;
    response.uncork();
    // uncork passes over what the socket says: without a write that hears it, a response whose client takes nothing
    // would never count as full, and all there is to say would wait in our memory.
    if (response.socket?.writableNeedDrain === true && !response.writableNeedDrain) response.write(":\n\n");
  }
}
