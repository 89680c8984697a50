const none = Buffer.alloc(0);

/** Bytes that come in pieces, kept in one place that grows: a million pieces of one byte take no more than one of a million. */
export class Gathered {
  #store: Buffer = none;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Copies the piece: it may be a window on a buffer that is used again. */
  add(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (length > this.#store.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, this.#store.length * 2));
      this.#store.copy(grown, 0, 0, this.#length);
      this.#store = grown;
    }
    piece.copy(this.#store, this.#length);
    this.#length = length;
  }

  /** All of it, for whoever asks to keep; what comes after is the beginning of something else. */
  take(): Buffer {
    const all = this.#store.subarray(0, this.#length);
    this.#store = none;
    this.#length = 0;
    return all;
  }
}
