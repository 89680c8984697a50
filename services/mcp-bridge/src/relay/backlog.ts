export interface BacklogLimits {
  readonly messages: number;
  readonly bytes: number;
}

/** Messages for a client that has no open stream, oldest first, within bounds. */
export class Backlog {
  readonly #limits: BacklogLimits;
  #messages: Buffer[] = [];
  #bytes = 0;

  constructor(limits: BacklogLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#messages.length;
  }

  /** False when there is no room: the message is not kept. */
  add(message: Buffer): boolean {
    if (this.#messages.length >= this.#limits.messages || this.#bytes + message.length > this.#limits.bytes) return false;
    // A copy: the line is a window on a larger buffer that it would hold in memory.
    this.#messages.push(Buffer.from(message));
    this.#bytes += message.length;
    return true;
  }

  takeAll(): readonly Buffer[] {
    const messages = this.#messages;
    this.#messages = [];
    this.#bytes = 0;
    return messages;
  }
}
