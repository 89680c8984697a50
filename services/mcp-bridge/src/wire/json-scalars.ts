import { JsonScanError } from "./json-scan-error.ts";
import { textIn } from "./json-text.ts";

const quote = 0x22;
const backslash = 0x5c;
const zero = 0x30;
const nine = 0x39;
const minus = 0x2d;
const nothing = -1;

/** So many digits are an exact number, whatever they are. */
const exactDigits = 15;

/** Checks the string, number or word that starts here and answers where it ends. Throws JsonScanError. */
export const scalarEnd = (bytes: Buffer, start: number): number => {
  const first = bytes[start] ?? nothing;
  switch (first) {
    case quote:
      return stringEnd(bytes, start);
    case 0x74:
      return wordEnd(bytes, start, "true");
    case 0x66:
      return wordEnd(bytes, start, "false");
    case 0x6e:
      return wordEnd(bytes, start, "null");
    default:
      return numberEnd(bytes, start);
  }
};

/** Checks the string whose quote is here and answers where it ends. Throws JsonScanError. */
export const stringEnd = (bytes: Buffer, start: number): number => {
  if (bytes[start] !== quote) throw new JsonScanError("unexpected byte");
  const { length } = bytes;
  for (let at = start + 1; at < length; ) {
    const byte = bytes[at] ?? nothing;
    if (byte === quote) return at + 1;
    if (byte < 0x20) break;
    at += byte === backslash ? escapeLength(bytes, at) : 1;
  }
  throw new JsonScanError("a string is not closed");
};

/** The value of a scalar that was checked to be one. */
export const scalarIn = (bytes: Buffer, start: number, end: number): unknown => {
  if (bytes[start] === quote) return textIn(bytes, start + 1, end - 1);
  return end - start <= exactDigits ? (wholeNumberIn(bytes, start, end) ?? parsed(bytes, start, end)) : parsed(bytes, start, end);
};

const parsed = (bytes: Buffer, start: number, end: number): unknown => JSON.parse(bytes.toString("latin1", start, end));

const wholeNumberIn = (bytes: Buffer, start: number, end: number): number | undefined => {
  let value = 0;
  for (let at = start; at < end; at += 1) {
    if (!isDigit(bytes, at)) return undefined;
    value = value * 10 + ((bytes[at] ?? zero) - zero);
  }
  return value;
};

const escapeLength = (bytes: Buffer, at: number): number => {
  const kind = bytes[at + 1];
  if (kind === 0x75) {
    for (let digit = at + 2; digit < at + 6; digit += 1) {
      if (!isHexDigit(bytes[digit])) throw new JsonScanError("a bad escape");
    }
    return 6;
  }
  if (kind === undefined || !simpleEscapes.has(kind)) throw new JsonScanError("a bad escape");
  return 2;
};

/** RFC 8259 section 6: an integer, a fraction, an exponent. */
const numberEnd = (bytes: Buffer, start: number): number => {
  const first = bytes[start] === minus ? start + 1 : start;
  // A zero stands alone.
  let at = bytes[first] === zero ? first + 1 : digitsEnd(bytes, first);
  if (bytes[at] === 0x2e) at = digitsEnd(bytes, at + 1);
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    const sign = bytes[at + 1];
    at = digitsEnd(bytes, sign === 0x2b || sign === minus ? at + 2 : at + 1);
  }
  return at;
};

/** At least one digit. */
const digitsEnd = (bytes: Buffer, start: number): number => {
  let at = start;
  while (isDigit(bytes, at)) at += 1;
  if (at === start) throw new JsonScanError("not a value");
  return at;
};

const wordEnd = (bytes: Buffer, start: number, word: string): number => {
  for (let at = 0; at < word.length; at += 1) {
    if (bytes[start + at] !== word.charCodeAt(at)) throw new JsonScanError("not a value");
  }
  return start + word.length;
};

const simpleEscapes: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));

const isDigit = (bytes: Buffer, at: number): boolean => {
  const byte = bytes[at] ?? nothing;
  return byte >= zero && byte <= nine;
};

const isHexDigit = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= zero && byte <= nine) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66));
