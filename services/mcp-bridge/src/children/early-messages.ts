import type { Envelope } from "../wire/envelope.ts";
import type { Seat } from "./seat.ts";

export interface EarlyMessage {
  readonly seat: Seat;
  readonly line: Buffer;
  readonly envelope: Envelope;
}

/** What sessions say to a shared process before it has introduced itself, within bounds. */
export class EarlyMessages {
  readonly #most: { readonly messages: number; readonly bytes: number };
  #messages: EarlyMessage[] = [];
  #bytes = 0;

  constructor(most: { readonly messages: number; readonly bytes: number }) {
    this.#most = most;
  }

  /** False when there is no room: the message is not kept. */
  add({ seat, line, envelope }: EarlyMessage): boolean {
    if (this.#messages.length >= this.#most.messages || this.#bytes + line.length > this.#most.bytes) return false;
    this.#bytes += line.length;
    this.#messages.push({ seat, line: Buffer.from(line), envelope });
    return true;
  }

  takeAll(): readonly EarlyMessage[] {
    const messages = this.#messages;
    this.#messages = [];
    this.#bytes = 0;
    return messages;
  }
}
