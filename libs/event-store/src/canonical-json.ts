import { AppError } from "@mcp-auth-proxy/contracts";

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

const sorted = (value: unknown, what: string): unknown => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((item) => sorted(item, what));
  if (typeof value === "object" && isPlain(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item, what)]));
  }
  throw new AppError("internal", `${what} holds a ${typeof value} that JSON can not keep`);
};

/**
 * One text for one value: keys sorted, absent fields left out, no blanks. What JSON would change without a
 * word (dates, maps, NaN, bigint, class instances) is refused, so that what is read back is what was written.
 */
export const canonicalJson = (value: unknown, what: string, maxBytes: number): string => {
  const text = JSON.stringify(sorted(value, what));
  const size = Buffer.byteLength(text);
  if (size > maxBytes) throw new AppError("bad_request", `${what} has ${size} bytes, more than ${maxBytes}`);
  return text;
};
