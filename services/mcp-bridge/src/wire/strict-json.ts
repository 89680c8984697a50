import { JsonScanError, JsonScanner } from "./json-scan.ts";

const maxDepth = 300;

/** Members and elements together: more than any call has, and each costs many times the bytes it was written in. */
const maxValues = 100_000;

/**
 * Writes a JSON text anew so that there is only one way to read it: names plain and once, no other spelling of a string.
 * Numbers stay as they were written. Undefined where a name stands twice in an object, for what is no JSON text, and
 * for more values than any message has.
 * For messages that a policy decides about: what was decided about is then what is passed on.
 */
export const unambiguousJson = (bytes: Buffer): Buffer | undefined => {
  const scanner = new JsonScanner(bytes);
  try {
    const text = rewrite(scanner, bytes, 0, { left: maxValues });
    scanner.end();
    return Buffer.from(text);
  } catch (fault) {
    if (fault instanceof JsonScanError) return undefined;
    throw fault;
  }
};

const rewrite = (scanner: JsonScanner, bytes: Buffer, depth: number, values: { left: number }): string => {
  if (depth > maxDepth) throw new JsonScanError("nested too deeply");
  if (depth > 0) values.left -= 1;
  if (values.left < 0) throw new JsonScanError("too many values");
  if (scanner.isObject()) {
    const members = new Map<string, string>();
    scanner.object((key) => {
      if (members.has(key)) throw new JsonScanError("a name stands twice");
      members.set(key, rewrite(scanner, bytes, depth + 1, values));
    });
    return `{${[...members].map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`;
  }
  if (scanner.isArray()) {
    const elements: string[] = [];
    scanner.array(() => elements.push(rewrite(scanner, bytes, depth + 1, values)));
    return `[${elements.join(",")}]`;
  }
  const { start, end } = scanner.skip();
  const text = bytes.toString("utf8", start, end);
  return text.startsWith('"') ? JSON.stringify(JSON.parse(text)) : text;
};
