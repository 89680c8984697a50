import type { ServerResponse } from "node:http";
import type { Caller } from "../auth/caller.ts";
import { EventStream } from "./event-stream.ts";

export interface OutletOptions {
  readonly response: ServerResponse;
  /** Of the answer, whatever its form: CORS, session id. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whose token this response was asked for with. */
  readonly caller: Caller;
}

/** A response to a client, through which messages leave. It knows whether the client keeps up, and whether it is there. */
export class Outlet {
  readonly caller: Caller;
  readonly #response: ServerResponse;
  readonly #headers: Readonly<Record<string, string>>;
  #stream: EventStream | undefined;
  #done = false;

  constructor({ response, headers, caller }: OutletOptions) {
    this.caller = caller;
    this.#response = response;
    this.#headers = headers;
  }

  /** Whether a message written now could arrive. */
  get open(): boolean {
    return !this.#done && !this.#response.destroyed;
  }

  get streaming(): boolean {
    return this.#stream !== undefined;
  }

  /** Calls back when the client takes more again, and once when the response is over, in whatever way. */
  watch(drained: () => void, closed: () => void): void {
    this.#response.on("drain", drained);
    this.#response.once("close", () => {
      this.#done = true;
      closed();
    });
  }

  openStream(): void {
    if (this.open) this.#stream ??= new EventStream(this.#response, this.#headers);
  }

  /** Sends a message as an event. False: the client does not keep up. */
  send(message: Buffer): boolean {
    if (!this.open) return true;
    this.openStream();
    return this.#stream?.send(message) ?? true;
  }

  /** Bytes that wait for the client. */
  get unsentBytes(): number {
    return this.#response.writableLength;
  }

  /** Sends the last message: as the body where nothing was said before, else as the last event. False as in `send`. */
  finish(message: Buffer): boolean {
    if (!this.open) return true;
    if (this.#stream === undefined) {
      this.#response.writeHead(200, { ...this.#headers, "content-type": "application/json", "content-length": message.length });
      this.#response.end(message);
    } else {
      this.#stream.send(message);
      this.#stream.end();
    }
    this.#done = true;
    return this.unsentBytes <= this.#response.writableHighWaterMark;
  }

  /** Ends a stream that has nothing more to say. */
  end(): void {
    if (!this.open) return;
    this.openStream();
    this.#stream?.end();
    this.#done = true;
  }

  /** Ends the response at once, unfinished: its caller may not hear any more. */
  cut(): void {
    this.#done = true;
    this.#response.destroy();
  }

  keepAlive(): void {
    if (this.open) this.#stream?.keepAlive();
  }
}
