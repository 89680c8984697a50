import { decodeHeaderValue } from "./header-value.ts";
import { headerMismatch, type ModernError } from "./errors.ts";
import type { HeaderValues } from "./standard-headers.ts";

/** An argument of a tool that a client repeats in the header `Mcp-Param-<header>`. */
export interface HeaderParameter {
  readonly header: string;
  /** The names that lead to it, from the arguments down. */
  readonly path: readonly string[];
  readonly numeric: boolean;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);

const maxDepth = 32;
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;
const types: ReadonlySet<unknown> = new Set(["string", "integer", "boolean", "number"]);

/** What a tool's input schema marks with `x-mcp-header`, along `properties` only, as the specification has it. */
export const headerParameters = (inputSchema: unknown): readonly HeaderParameter[] => {
  const found: HeaderParameter[] = [];
  collect(inputSchema, [], found);
  return found;
};

const collect = (schema: unknown, path: readonly string[], found: HeaderParameter[]): void => {
  if (!isRecord(schema) || path.length > maxDepth) return;
  const header = schema["x-mcp-header"];
  if (path.length > 0 && typeof header === "string" && token.test(header) && types.has(schema["type"])) {
    found.push({ header, path, numeric: schema["type"] === "integer" || schema["type"] === "number" });
  }
  const { properties } = schema;
  if (!isRecord(properties)) return;
  for (const [name, property] of Object.entries(properties)) collect(property, [...path, name], found);
};

/** Holds the `Mcp-Param-*` headers of a call to its arguments. Headers that no schema asks for mean nothing here. */
export const checkParameterHeaders = (parameters: readonly HeaderParameter[], args: unknown, headers: HeaderValues): ModernError | undefined => {
  for (const parameter of parameters) {
    const expected = asHeaderText(valueAt(args, parameter.path));
    if (expected === undefined) continue;
    const name = `Mcp-Param-${parameter.header}`;
    const values = headers(name.toLowerCase());
    const decoded = values.length === 1 && values[0] !== undefined ? decodeHeaderValue(values[0]) : undefined;
    if (decoded === undefined || !isSame(decoded, expected, parameter.numeric)) return headerMismatch(name);
  }
  return undefined;
};

const valueAt = (args: unknown, path: readonly string[]): unknown => {
  let value = args;
  for (const name of path) {
    if (!isRecord(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
};

/** Undefined where no header is to be expected: nothing, null, and what has no such form. */
const asHeaderText = (value: unknown): string | undefined => {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (typeof value !== "number" || (Number.isInteger(value) && !Number.isSafeInteger(value))) return undefined;
  return String(value);
};

const isSame = (sent: string, expected: string, numeric: boolean): boolean =>
  sent === expected || (numeric && /^-?\d{1,40}(?:\.\d{1,40})?$/.test(sent) && Number(sent) === Number(expected));
