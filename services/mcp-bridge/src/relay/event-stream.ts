import type { ServerResponse } from "node:http";

const head = "event: message\ndata: ";
const tail = "\n\n";

/** What is gathered leaves when it is this much, though the turn is not over; a message that is more by itself is not copied. */
const burstBytes = 64 * 1024;

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
  readonly #releaseLater = (): void => this.#release();
  #heads: string[] = [];
  #messages: Buffer[] = [];
  #gatheredBytes = 0;

  /** Sends the head at once, so that the client knows the stream is there. */
  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>) {
    this.#response = response;
    response.writeHead(200, { ...headers, ...eventStreamHeaders });
    response.flushHeaders();
  }

  /** Answers false when the client does not keep up: send no more until the response drains. */
  send(message: Buffer, id?: string): boolean {
    const response = this.#response;
    const own = id === undefined ? head : `id: ${id}\n${head}`;
    if (message.length >= burstBytes) this.#sendAlone(own, message);
    else this.#gather(own, message);
    // Whoever is full already must hear of it now: what waits here does not count in what the response says.
    if (this.#gatheredBytes >= burstBytes || response.writableNeedDrain) this.#release();
    return !response.writableNeedDrain;
  }

  /** An event of another type than `message`. */
  sendNamed(event: string, data: string): void {
    this.#release();
    this.#response.write(`event: ${event}\ndata: ${data}\n\n`);
  }

  /** An event with an id and no data: a client that loses the stream right away can ask for it. */
  prime(id: string, retryMs: number): void {
    this.#release();
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

  #gather(own: string, message: Buffer): void {
    if (this.#messages.length === 0) process.nextTick(this.#releaseLater);
    this.#heads.push(own);
    this.#messages.push(message);
    this.#gatheredBytes += own.length + message.length + tail.length;
  }

  #sendAlone(own: string, message: Buffer): void {
    this.#release();
    this.#response.write(own);
    this.#response.write(message);
    this.#response.write(tail);
  }

  /** In one piece: each write to a response in chunks is four to the socket, and corking it gathers none of them. */
  #release(): void {
    if (this.#messages.length === 0) return;
    const burst = Buffer.allocUnsafe(this.#gatheredBytes);
    let at = 0;
    for (const [index, message] of this.#messages.entries()) {
      at += burst.write(this.#heads[index] ?? head, at, "latin1");
      burst.set(message, at);
      at += message.length;
      at += burst.write(tail, at, "latin1");
    }
    this.#heads = [];
    this.#messages = [];
    this.#gatheredBytes = 0;
    // It may have been cut since.
    if (!this.#response.destroyed) this.#response.write(burst);
  }
}
