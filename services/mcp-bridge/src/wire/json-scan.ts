/** Deeper than any message needs, and shallow enough for the recursion of every child's own parser. */
const maxDepth = 256;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** Why a text is not a JSON text (RFC 8259) that we take. Never holds any of the text. */
export class JsonScanError extends Error {
  override readonly name = "JsonScanError";
}

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
    this.#space();
    return this.#bytes[this.#at] ?? -1;
  }

  isObject(): boolean {
    return this.peek() === openBrace;
  }

  isArray(): boolean {
    return this.peek() === openBracket;
  }

  /** Checks that only whitespace is left. */
  end(): void {
    this.#space();
    if (this.#at !== this.#bytes.length) throw new JsonScanError("something follows the value");
  }

  /** Walks an object; `member` is called with each decoded key and must consume the value (`skip`, `object`). */
  object(member: (key: string) => void): void {
    this.#expect(openBrace);
    if (this.peek() === closeBrace) {
      this.#at += 1;
      return;
    }
    for (;;) {
      member(this.#key());
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
    this.#space();
    const start = this.#at;
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
      } else this.#scalar(next);
      this.#closeOrContinue(closers);
    } while (closers.length > 0);
    return { start, end: this.#at };
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

  #scalar(first: number): void {
    if (first === quote) this.#string();
    else if (first === 0x74) this.#word("true");
    else if (first === 0x66) this.#word("false");
    else if (first === 0x6e) this.#word("null");
    else this.#number();
  }

  #key(): string {
    const { start, end } = this.#skipKey();
    // An escaped key names the same member: `"\u0069d"` is `"id"` to every child.
    const text = this.#bytes.toString("utf8", start, end);
    return text.includes("\\") ? String(JSON.parse(text)) : text.slice(1, -1);
  }

  #skipKey(): JsonSlice {
    this.#space();
    const start = this.#at;
    this.#string();
    const end = this.#at;
    this.#expect(colon);
    return { start, end };
  }

  #string(): void {
    this.#expect(quote);
    const bytes = this.#bytes;
    let at = this.#at;
    for (;;) {
      const byte = bytes[at];
      if (byte === quote) break;
      if (byte === undefined || byte < 0x20) throw new JsonScanError("a string is not closed");
      at += byte === backslash ? this.#escapeLength(at) : 1;
    }
    this.#at = at + 1;
  }

  #escapeLength(at: number): number {
    const kind = this.#bytes[at + 1];
    if (kind === 0x75) {
      for (let digit = at + 2; digit < at + 6; digit += 1) {
        if (!isHexDigit(this.#bytes[digit])) throw new JsonScanError("a bad escape");
      }
      return 6;
    }
    if (kind === undefined || !simpleEscapes.has(kind)) throw new JsonScanError("a bad escape");
    return 2;
  }

  #number(): void {
    const start = this.#at;
    while (isNumberByte(this.#bytes[this.#at])) this.#at += 1;
    if (!numberGrammar.test(this.#bytes.toString("latin1", start, this.#at))) throw new JsonScanError("not a value");
  }

  #word(word: string): void {
    if (this.#bytes.toString("latin1", this.#at, this.#at + word.length) !== word) throw new JsonScanError("not a value");
    this.#at += word.length;
  }

  #expect(byte: number): void {
    if (this.peek() !== byte) throw new JsonScanError("unexpected byte");
    this.#at += 1;
  }

  #space(): void {
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at += 1;
    }
  }
}

const simpleEscapes: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));
const numberGrammar = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

const isHexDigit = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66));

const isNumberByte = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x45 || byte === 0x65);
