/**
 * Finds where a value ends inside a finished log line. The line is JSON or text, and may hold JSON inside JSON strings:
 * at depth n a quote stands behind n = 0, 1, 3, 7 … backslashes.
 */
export interface ValueSpan {
  /** Behind an opening quote. */
  readonly start: number;
  /** In front of a closing quote. */
  readonly end: number;
  readonly kind: "quoted" | "bracketed" | "bare";
}

const runLength = (line: string, at: number): number => {
  let length = 0;
  while (line[at + length] === "\\") length += 1;
  return length;
};

/** Backslashes in front of a quote: does the quote end a string whose own quotes stand behind `depth` of them? */
const closes = (backslashes: number, depth: number): boolean =>
  backslashes >= depth && (backslashes - depth) % (2 * (depth + 1)) === 0;

/** The place of the closing quote (its backslashes included in the value), or where the surrounding string ends. */
const quotedEnd = (line: string, from: number, quote: string, depth: number): { readonly end: number; readonly closed: boolean } => {
  for (let at = from; at < line.length; at += 1) {
    const backslashes = runLength(line, at);
    const quoteAt = at + backslashes;
    const char = line[quoteAt];
    if (char === "\n" && quote === "'") return { end: quoteAt, closed: false };
    if (char === quote && quote === "'" && backslashes === 0) return { end: quoteAt, closed: true };
    if (char === '"') {
      if (quote === '"' && closes(backslashes, depth)) return { end: quoteAt - depth, closed: true };
      if (backslashes < depth || (quote === "'" && backslashes === 0)) return { end: at, closed: false };
    }
    at = quoteAt;
  }
  return { end: line.length, closed: false };
};

/** Behind the bracket that closes the one at `from`; undefined when the line ends first. */
const bracketedEnd = (line: string, from: number, depth: number): number | undefined => {
  let open = 0;
  for (let at = from; at < line.length; at += 1) {
    const backslashes = runLength(line, at);
    at += backslashes;
    const char = line[at];
    if (char === "{" || char === "[") open += 1;
    if (char === "}" || char === "]") open -= 1;
    if (open === 0) return at + 1;
    if (char === '"') {
      if (backslashes < depth) return undefined;
      const inner = quotedEnd(line, at + 1, '"', depth);
      if (!inner.closed) return undefined;
      at = inner.end + depth;
    }
  }
  return undefined;
};

/** A value without quotes: to the next blank, quote or `&`; with `wholeLine` to the end of the line or of the string. */
const bareEnd = (line: string, from: number, wholeLine: boolean): number => {
  for (let at = from; at < line.length; at += 1) {
    const backslashes = runLength(line, at);
    const char = line[at + backslashes] ?? "";
    const escaped = backslashes % 2 === 1;
    if (char === '"' && (!wholeLine || backslashes === 0)) return at;
    if (/[\r\n]/.test(char) || (escaped && /[rn]/.test(char))) return at;
    if (!wholeLine && (/[\s&<]/.test(char) || (escaped && char === "t"))) return at;
    at += backslashes;
  }
  return line.length;
};

/**
 * The value that starts at `from`, just behind its name and separator. `nameDepth` is the number of backslashes in front
 * of the name's closing quote; `wholeLine` is for headers, whose bare value has blanks in it.
 */
export const valueSpan = (line: string, from: number, nameDepth: number, wholeLine: boolean): ValueSpan => {
  const depth = runLength(line, from);
  const first = line[from + depth] ?? "";
  if (first === '"' || (first === "'" && depth === 0)) {
    return { kind: "quoted", start: from + depth + 1, end: quotedEnd(line, from + depth + 1, first, depth).end };
  }
  if (first === "{" || first === "[") {
    const end = bracketedEnd(line, from, nameDepth);
    return end === undefined
      ? { kind: "bare", start: from, end: bareEnd(line, from, true) }
      : { kind: "bracketed", start: from, end };
  }
  return { kind: "bare", start: from, end: bareEnd(line, from, wholeLine) };
};
