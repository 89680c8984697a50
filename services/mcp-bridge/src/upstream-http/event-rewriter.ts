import { Gathered } from "../wire/gathered.ts";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const colon = 0x3a;
const space = 0x20;

/** One event as it came in; `data` is undefined where there was none. */
interface Event {
  id: Buffer | undefined;
  name: Buffer | undefined;
  retry: Buffer | undefined;
  /** Of several lines, with a line feed between two. */
  data: Gathered | undefined;
  comment: boolean;
}

const empty = (): Event => ({ id: undefined, name: undefined, retry: undefined, data: undefined, comment: false });

/**
 * Reads a stream of server-sent events (WHATWG HTML, section 9.2.6) in pieces as they come, hands each message to be
 * looked at, and writes every event anew: what was looked at is what the client reads, whatever its parser thinks of
 * line ends. An event that did not end by the end of the stream is none.
 */
export class EventRewriter {
  readonly #mostBytes: number;
  readonly #message: (data: Buffer) => Buffer | undefined;
  readonly #line = new Gathered();
  #eventBytes = 0;
  #afterReturn = false;
  #atStart = true;
  #event = empty();

  /** `message`: what is to stand in the place of a message's data; undefined: the event is left out. */
  constructor(mostBytes: number, message: (data: Buffer) => Buffer | undefined) {
    this.#mostBytes = mostBytes;
    this.#message = message;
  }

  /** Answers with what to send on; undefined when an event is larger than allowed: the stream can not go on. */
  push(chunk: Buffer): Buffer | undefined {
    const out: Buffer[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte !== lineFeed && byte !== carriageReturn) {
        this.#afterReturn = false;
        continue;
      }
      if (byte === lineFeed && this.#afterReturn) {
        this.#afterReturn = false;
        from = at + 1;
        continue;
      }
      this.#add(chunk.subarray(from, at));
      from = at + 1;
      this.#afterReturn = byte === carriageReturn;
      if (this.#eventBytes > this.#mostBytes) return undefined;
      const written = this.#endLine();
      if (written !== undefined) out.push(written);
    }
    this.#add(chunk.subarray(from));
    return this.#eventBytes > this.#mostBytes ? undefined : Buffer.concat(out);
  }

  #add(part: Buffer): void {
    if (part.length === 0) return;
    this.#line.add(part);
    this.#eventBytes += part.length;
  }

  #endLine(): Buffer | undefined {
    const whole = this.#line.take();
    const line = this.#atStart && whole.subarray(0, 3).equals(byteOrderMark) ? whole.subarray(3) : whole;
    this.#atStart = false;
    if (line.length === 0) return this.#dispatch();
    this.#take(line);
    return undefined;
  }

  #take(line: Buffer): void {
    const at = line.indexOf(colon);
    if (at === 0) {
      this.#event.comment = true;
      return;
    }
    const field = at === -1 ? line.toString("latin1") : line.toString("latin1", 0, at);
    const value = at === -1 ? nothing : line.subarray(line[at + 1] === space ? at + 2 : at + 1);
    if (field === "data") this.#takeData(value);
    else if (field === "id") this.#event.id = value;
    else if (field === "event") this.#event.name = value;
    else if (field === "retry") this.#event.retry = value;
  }

  #takeData(value: Buffer): void {
    const { data } = this.#event;
    if (data === undefined) this.#event.data = new Gathered();
    else data.add(newLine);
    this.#event.data?.add(value);
  }

  #dispatch(): Buffer | undefined {
    const { id, name, retry, data, comment } = this.#event;
    this.#event = empty();
    this.#eventBytes = 0;
    const lines = new Gathered();
    const add = (field: Buffer, value: Buffer | undefined): void => {
      if (value === undefined) return;
      for (const part of [field, value, newLine]) lines.add(part);
    };
    add(idField, id);
    add(eventField, name);
    add(retryField, retry);
    if (data !== undefined) {
      const text = data.take();
      const isMessage = text.length > 0 && (name === undefined || name.equals(messageName));
      const shown = isMessage ? this.#message(text) : text;
      if (shown === undefined) return undefined;
      for (const part of linesOf(shown)) add(dataField, part);
    }
    if (lines.length === 0) return comment ? aComment : undefined;
    lines.add(newLine);
    return lines.take();
  }
}

/** One after the other: there may be millions, of no byte each. */
function* linesOf(text: Buffer): Generator<Buffer> {
  let from = 0;
  for (let at = text.indexOf(lineFeed); at !== -1; at = text.indexOf(lineFeed, from)) {
    yield text.subarray(from, at);
    from = at + 1;
  }
  yield text.subarray(from);
}

const nothing = Buffer.alloc(0);
const newLine = Buffer.from("\n");
const idField = Buffer.from("id: ");
const eventField = Buffer.from("event: ");
const retryField = Buffer.from("retry: ");
const dataField = Buffer.from("data: ");
const aComment = Buffer.from(":\n\n");
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
const messageName = Buffer.from("message");
