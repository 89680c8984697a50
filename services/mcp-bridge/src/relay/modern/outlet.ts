import type { Caller } from "@mcp-auth-proxy/access-token";
import type { ServerResponse } from "node:http";
import { EventStream } from "../event-stream.ts";

export interface ModernOutletOptions {
  readonly response: ServerResponse;
  /** Of the answer, whatever its form. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whose token this response was asked for with. */
  readonly caller: Caller;
}

/**
 * The response to one request of revision 2026-07-28: a JSON body with the status of its outcome, or an event stream
 * once something was said before the answer. Events have no ids: such a stream is never taken up again.
 */
export class ModernOutlet {
  readonly caller: Caller;
  readonly #response: ServerResponse;
  readonly #headers: Readonly<Record<string, string>>;
  #stream: EventStream | undefined;
  #done = false;

  constructor({ response, headers, caller }: ModernOutletOptions) {
    this.caller = caller;
    this.#response = response;
    this.#headers = headers;
  }

  get #open(): boolean {
    return !this.#done && !this.#response.destroyed;
  }

  /** Calls back when the client takes more again, and once when the response is over, in whatever way. */
  watch(drained: () => void, closed: () => void): void {
    this.#response.on("drain", drained);
    this.#response.once("close", () => {
      this.#done = true;
      closed();
    });
  }

  /** Sends the head at once, so that the client knows the stream is there. */
  openStream(): void {
    if (this.#open) this.#streaming();
  }

  /** Sends a message as an event. False: the client does not keep up. */
  send(message: Buffer): boolean {
    return !this.#open || this.#streaming().send(message);
  }

  /** Bytes that wait for the client. */
  get unsentBytes(): number {
    return this.#response.writableLength;
  }

  /** Sends the last message. The status is the outcome's where nothing was said before it. False as in `send`. */
  finish(message: Buffer, status: number): boolean {
    if (!this.#open) return true;
    if (this.#stream !== undefined) {
      this.#stream.send(message);
      this.#stream.end();
    } else {
      this.#response.writeHead(status, { ...this.#headers, "content-type": "application/json", "content-length": message.length });
      this.#response.end(message);
    }
    this.#done = true;
    return this.unsentBytes <= this.#response.writableHighWaterMark;
  }

  /** Ends the response at once, unfinished: its caller may not hear any more. */
  cut(): void {
    this.#done = true;
    this.#response.destroy();
  }

  /** A comment: nothing to the client, a sign of life to every proxy on the way. */
  keepAlive(): void {
    if (this.#open) this.#stream?.keepAlive();
  }

  #streaming(): EventStream {
    this.#stream ??= new EventStream(this.#response, this.#headers);
    return this.#stream;
  }
}
