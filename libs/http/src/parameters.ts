import { err, ok, type Result } from "@mcp-auth-proxy/contracts";

export type ParameterFault = "duplicate_parameter" | "malformed";
export type Parameters = ReadonlyMap<string, string>;

const limits = { parameters: 64, nameLength: 128, valueLength: 16_384 } as const;
const formType = "application/x-www-form-urlencoded";

const mediaType = (contentType: string): string => (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();

/** Strict: `%` needs two hex digits, the bytes must be UTF-8, and there is no NUL. */
const decodePart = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part.replaceAll("+", " "));
  } catch {
    // decodeURIComponent has no other way to say that the encoding is broken.
    return undefined;
  }
};

type Pair = readonly [name: string, value: string];

const formPairs = (text: string): readonly Pair[] | undefined => {
  const pairs: Pair[] = [];
  for (const part of text.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = decodePart(equals === -1 ? part : part.slice(0, equals));
    const value = decodePart(equals === -1 ? "" : part.slice(equals + 1));
    if (name === undefined || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return pairs;
};

const space = "[ \\t\\r\\n]*";
const jsonString = '"(?:[^"\\\\\\p{Cc}]|\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4}))*"';
// One pair and what comes behind it: a comma, or the brace that ends the object and the text.
const jsonPair = new RegExp(`${space}(${jsonString})${space}:${space}(${jsonString})${space}(?:(,)|\\}${space}$)`, "uy");
const jsonStart = new RegExp(`${space}\\{(${space}\\}${space}$)?`, "uy");

/** Read by hand and not with JSON.parse, which keeps the last of two equal names and says nothing. */
const jsonPairs = (text: string): readonly Pair[] | undefined => {
  jsonStart.lastIndex = 0;
  const start = jsonStart.exec(text);
  if (start === null) return undefined;
  if (start[1] !== undefined) return [];
  const pairs: Pair[] = [];
  let more = true;
  for (jsonPair.lastIndex = jsonStart.lastIndex; more && pairs.length <= limits.parameters; ) {
    const [, name, value, comma] = jsonPair.exec(text) ?? [];
    if (name === undefined || value === undefined) return undefined;
    pairs.push([String(JSON.parse(name)), String(JSON.parse(value))]);
    more = comma !== undefined;
  }
  return pairs;
};

const acceptable = ([name, value]: Pair): boolean =>
  name !== "" &&
  name.length <= limits.nameLength &&
  value.length <= limits.valueLength &&
  name.isWellFormed() &&
  value.isWellFormed() &&
  !name.includes("\0") &&
  !value.includes("\0");

/**
 * The parameters of an OAuth request: a form body, a query string (pass the form's content type), or a flat JSON object
 * of strings. A parameter that comes twice is refused, and one without a value counts as absent (RFC 6749 section 3.1).
 */
export const parseParameters = (contentType: string, raw: string): Result<Parameters, ParameterFault> => {
  const type = mediaType(contentType);
  if (type !== formType && type !== "application/json") return err("malformed");
  const pairs = type === formType ? formPairs(raw) : jsonPairs(raw);
  if (pairs === undefined || pairs.length > limits.parameters || !pairs.every(acceptable)) return err("malformed");
  if (new Set(pairs.map(([name]) => name)).size !== pairs.length) return err("duplicate_parameter");
  return ok(new Map(pairs.filter(([, value]) => value !== "")));
};
