import type { ServerResponse } from "node:http";
import type { Clock } from "@mcp-auth-proxy/contracts";

const eventStreamHeaders = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  // nginx holds a response back until its buffer is full, unless it is told not to.
  "x-accel-buffering": "no",
} as const;

const eventEnds = [Buffer.from("\n\n"), Buffer.from("\r\n\r\n"), Buffer.from("\r\r")];

/** The response to a client: what a server says goes out as it comes, and the server waits where the client does not keep up. */
export class Delivery {
  readonly #response: ServerResponse;
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #source: { pause(): void; resume(): void };
  #fullSince: number | undefined;
  /** Nothing of an event has gone out that has not ended. */
  #betweenEvents = true;

  constructor(response: ServerResponse, clock: Clock, stallMs: number, source: { pause(): void; resume(): void }) {
    this.#response = response;
    this.#clock = clock;
    this.#stallMs = stallMs;
    this.#source = source;
    response.on("drain", () => {
      this.#fullSince = undefined;
      this.#source.resume();
    });
  }

  /** Whether something has gone to the client. */
  get begun(): boolean {
    return this.#response.headersSent;
  }

  openStream(headers: Readonly<Record<string, string>>): void {
    this.#response.writeHead(200, { ...headers, ...eventStreamHeaders });
    this.#response.flushHeaders();
  }

  openJson(status: number, headers: Readonly<Record<string, string>>, length: number | undefined): void {
    this.#response.writeHead(status, { ...headers, "content-type": "application/json", ...(length === undefined ? {} : { "content-length": length }) });
  }

  write(chunk: Buffer, wholeEvents: boolean): void {
    this.#betweenEvents = wholeEvents || eventEnds.some((end) => chunk.subarray(-end.length).equals(end));
    if (this.#response.write(chunk) || this.#fullSince !== undefined) return;
    this.#fullSince = this.#clock.now();
    this.#source.pause();
  }

  whole(status: number, headers: Readonly<Record<string, string>>, body: Buffer): void {
    if (this.#response.destroyed) return;
    this.#response.writeHead(status, { ...headers, "content-length": body.length });
    this.#response.end(body);
    this.#watchTheRest();
  }

  nothing(status: number, headers: Readonly<Record<string, string>>): void {
    this.#response.writeHead(status, { ...headers, "content-length": 0 });
    this.#response.end();
  }

  end(): void {
    if (this.#response.destroyed) return;
    this.#response.end();
    this.#watchTheRest();
  }

  /** A comment: nothing to the client, a sign of life to every proxy on the way. */
  keepAlive(): void {
    if (this.#betweenEvents && !this.#response.writableNeedDrain && !this.#response.writableEnded) this.#response.write(": keep-alive\n\n");
  }

  #watchTheRest(): void {
    if (this.#response.writableLength > 0) this.#fullSince ??= this.#clock.now();
  }

  stalled(now: number): boolean {
    return this.#fullSince !== undefined && this.#fullSince + this.#stallMs <= now;
  }
}
