import type { Caller } from "@mcp-auth-proxy/access-token";
import type { ServerResponse } from "node:http";
import type { KeptEvent } from "./event-ring.ts";
import { EventStream } from "./event-stream.ts";
import type { StreamTrack } from "./stream-track.ts";

export interface OutletOptions {
  readonly response: ServerResponse;
  /** Of the answer, whatever its form: CORS, session id. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whose token this response was asked for with. */
  readonly caller: Caller;
  /** The first event of the stream, for a transport that wants one. */
  readonly greeting?: { readonly event: string; readonly data: string };
}

/** What the system takes of a text without memory of its own for it, less the head. */
const oneWriteBytes = 8 * 1024;

/** A response to a client, through which messages leave. It knows whether the client keeps up, and whether it is there. */
export class Outlet {
  readonly caller: Caller;
  readonly #options: OutletOptions;
  readonly #response: ServerResponse;
  #track: StreamTrack | undefined;
  #stream: EventStream | undefined;
  #answersLeft = 1;
  /** The answers of a batch, for a client that wants one body. */
  #batch: Buffer[] | undefined;
  #done = false;

  constructor(options: OutletOptions) {
    this.caller = options.caller;
    this.#options = options;
    this.#response = options.response;
  }

  /** Whether a message written now could arrive. */
  get open(): boolean {
    return !this.#done && !this.#response.destroyed;
  }

  get streaming(): boolean {
    return this.#stream !== undefined;
  }

  /** The numbering of the events, once the stream has begun; a stream without one can not be resumed. */
  get track(): StreamTrack | undefined {
    return this.streaming ? this.#track : undefined;
  }

  /** Numbers the events of the stream that this may become. */
  follow(track: StreamTrack): void {
    this.#track = track;
  }

  /** The response ends after so many answers; `batch`: as one JSON array, where it is no stream. */
  expect(answers: number, batch = false): void {
    this.#answersLeft = answers;
    if (batch) this.#batch = [];
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
    if (!this.open || this.#stream !== undefined) return;
    this.#stream = new EventStream(this.#response, this.#options.headers);
    const { greeting } = this.#options;
    if (greeting !== undefined) this.#stream.sendNamed(greeting.event, greeting.data);
    const priming = this.#track?.priming;
    if (priming !== undefined) this.#stream.prime(priming.id, priming.retryMs);
  }

  /** Takes up a stream again where its client lost it. */
  resume(track: StreamTrack, missed: readonly KeptEvent[]): void {
    this.follow(track);
    if (!this.open) return;
    this.#stream = new EventStream(this.#response, this.#options.headers);
    for (const { event, message } of missed) this.#stream.send(message, track.idOf(event));
  }

  /**
   * Sends a message as an event. False: the client does not keep up. A client that went away may ask for it again, and
   * gets `instead` where the message is too large to keep.
   */
  send(message: Buffer, instead?: () => Buffer): boolean {
    this.openStream();
    const id = this.track?.record(message, instead);
    return this.open ? (this.#stream?.send(message, id) ?? true) : true;
  }

  /** Bytes that wait for the client. */
  get unsentBytes(): number {
    return this.#response.writableLength;
  }

  /** Sends an answer: as the body where nothing was said before, else as an event; ends after the last. False as in `send`. */
  finish(message: Buffer, instead?: () => Buffer): boolean {
    this.#answersLeft -= 1;
    if (this.#stream === undefined) {
      this.#batch?.push(Buffer.from(message));
      if (this.#answersLeft > 0) return true;
      this.#writeBody(this.#batch === undefined ? message : asArray(this.#batch));
    } else {
      this.send(message, instead);
      this.#endIfComplete();
    }
    return this.unsentBytes <= this.#response.writableHighWaterMark;
  }

  /** There will be no answer to one of the requests. */
  forgo(): void {
    this.#answersLeft -= 1;
    this.#endIfComplete();
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

  #endIfComplete(): void {
    if (this.#answersLeft > 0) return;
    if (this.#stream === undefined && this.#batch !== undefined && this.#batch.length > 0) this.#writeBody(asArray(this.#batch));
    else this.end();
  }

  #writeBody(body: Buffer): void {
    if (!this.open) return;
    this.#response.writeHead(200, { ...this.#options.headers, "content-type": "application/json", "content-length": body.length });
    // As text of the same bytes a small body leaves in one piece with its head; a buffer would be written beside it.
    if (body.length <= oneWriteBytes) this.#response.end(body.toString("latin1"), "latin1");
    else this.#response.end(body);
    this.#done = true;
  }
}

const asArray = (messages: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from("["), ...messages.flatMap((message, at) => (at === 0 ? [message] : [Buffer.from(","), message])), Buffer.from("]")]);
