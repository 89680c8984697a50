import { scalarEnd, scalarIn, stringEnd } from "./json-scalars.ts";
import { JsonScanError } from "./json-scan-error.ts";
import { textIn } from "./json-text.ts";

export { JsonScanError } from "./json-scan-error.ts";

/** Deeper than any message needs, and shallow enough for the recursion of every child's own parser. */
const maxDepth = 256;

const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** A value as the bytes it was written in. */
export interface JsonSlice {
  readonly start: number;
  readonly end: number;
}

/**
 * Walks over JSON as bytes: checks all of it strictly and builds nothing, because a hostile 4 MiB text costs
 * `JSON.parse` hundreds of milliseconds and megabytes, and because what is relayed must stay the bytes that came.
 * The caller checks that the bytes are UTF-8. Errors are thrown as JsonScanError.
 */
export class JsonScanner {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get position(): number {
    return this.#at;
  }

  /** The first byte of the next value. */
  peek(): number {
    const bytes = this.#bytes;
    for (let at = this.#at; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? -1;
      if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) {
        this.#at = at;
        return byte;
      }
    }
    this.#at = bytes.length;
    return -1;
  }

  isObject(): boolean {
    return this.peek() === openBrace;
  }

  isArray(): boolean {
    return this.peek() === openBracket;
  }

  /** Checks that only whitespace is left. */
  end(): void {
    if (this.peek() !== -1) throw new JsonScanError("something follows the value");
  }

  /** Walks an object; `member` is called with each decoded key and must consume the value (`skip`, `object`). */
  object(member: (key: string) => void): void {
    this.#expect(openBrace);
    if (this.peek() === closeBrace) {
      this.#at += 1;
      return;
    }
    for (;;) {
      this.peek();
      const start = this.#at;
      member(textIn(this.#bytes, start + 1, this.#skipKey() - 1));
      if (this.peek() === closeBrace) break;
      this.#expect(comma);
    }
    this.#at += 1;
  }

  /** Walks an array; `element` is called before each element and must consume it. */
  array(element: () => void): void {
    this.#expect(openBracket);
    if (this.peek() === closeBracket) {
      this.#at += 1;
      return;
    }
    for (;;) {
      element();
      if (this.peek() === closeBracket) break;
      this.#expect(comma);
    }
    this.#at += 1;
  }

  /** Checks one value of any kind and answers where it is. Iterative: nesting costs no stack. */
  skip(): JsonSlice {
    const first = this.peek();
    const start = this.#at;
    if (first === openBrace || first === openBracket) this.#skipContainer();
    else this.#at = scalarEnd(this.#bytes, start);
    return { start, end: this.#at };
  }

  /** Checks one value and answers with it where it is a string, a number or a word; a container is undefined. */
  scalar(): unknown {
    const first = this.peek();
    const { start, end } = this.skip();
    return first === openBrace || first === openBracket ? undefined : scalarIn(this.#bytes, start, end);
  }

  #skipContainer(): void {
    const closers: number[] = [];
    do {
      const next = this.peek();
      if (next === openBrace || next === openBracket) {
        if (closers.length >= maxDepth) throw new JsonScanError("nested too deeply");
        this.#at += 1;
        const closer = next === openBrace ? closeBrace : closeBracket;
        if (this.peek() === closer) this.#at += 1;
        else {
          closers.push(closer);
          if (closer === closeBrace) this.#skipKey();
          continue;
        }
      } else this.#at = scalarEnd(this.#bytes, this.#at);
      this.#closeOrContinue(closers);
    } while (closers.length > 0);
  }

  /** After a value: leaves every container that ends here, or stands before the next value. */
  #closeOrContinue(closers: number[]): void {
    while (closers.length > 0) {
      const closer = closers.at(-1);
      const next = this.peek();
      if (next === comma) {
        this.#at += 1;
        if (closer === closeBrace) this.#skipKey();
        return;
      }
      if (next !== closer) throw new JsonScanError("a container is not closed as it was opened");
      this.#at += 1;
      closers.pop();
    }
  }

  /** Leaves a key and its colon behind and answers where the key ends. */
  #skipKey(): number {
    this.peek();
    const end = stringEnd(this.#bytes, this.#at);
    this.#at = end;
    this.#expect(colon);
    return end;
  }

  #expect(byte: number): void {
    if (this.peek() !== byte) throw new JsonScanError("unexpected byte");
    this.#at += 1;
  }
}
