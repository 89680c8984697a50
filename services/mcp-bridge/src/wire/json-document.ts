import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { isUtf8 } from "node:buffer";
import { JsonScanError, JsonScanner, type JsonSlice } from "./json-scan.ts";

/** The members of one object by their decoded names, as the places they were written in. */
export type Members = ReadonlyMap<string, JsonSlice>;

/** The object members of a message that are looked into: one of `params`, `result` and `error`, and the `_meta` inside. */
const opened: ReadonlySet<string> = new Set(["params", "result", "error"]);
const metaKey = "_meta";

/** A message and where its members are. Nothing of it was built: it can be passed on with a few places changed. */
export interface JsonDocument {
  readonly bytes: Buffer;
  readonly top: Members;
  /** Of `params`, `result` or `error`, whichever there is; empty where it is no object. */
  readonly body: Members;
  /** Of `_meta` inside of `body`. */
  readonly meta: Members;
  /** Where the `_meta` object itself is. */
  readonly metaAt: JsonSlice | undefined;
  /** False where a name stands twice among these: we have the last one, and the next reader may take the first. */
  readonly unique: boolean;
}

/** Reads one message strictly: two levels of it and its `_meta`, in one pass. `mostMembers`: all that these may have together. */
export const readDocument = (bytes: Buffer, mostMembers = Number.POSITIVE_INFINITY): Result<JsonDocument, "malformed"> => {
  if (!isUtf8(bytes)) return err("malformed");
  const scanner = new JsonScanner(bytes);
  try {
    const found: Found = { top: new Map(), body: new Map(), meta: new Map(), metaAt: undefined, unique: true, room: mostMembers };
    if (!scanner.isObject()) return err("malformed");
    readObject(scanner, found, found.top, (key) => {
      if (!opened.has(key) || !scanner.isObject()) return undefined;
      return readObject(scanner, found, found.body, (inner) => {
        if (inner !== metaKey || !scanner.isObject()) return undefined;
        found.metaAt = readObject(scanner, found, found.meta, () => undefined);
        return found.metaAt;
      });
    });
    scanner.end();
    const { top, body, meta, metaAt, unique } = found;
    return ok({ bytes, top, body, meta, metaAt, unique });
  } catch (fault) {
    if (fault instanceof JsonScanError) return err("malformed");
    throw fault;
  }
};

interface Found {
  readonly top: Map<string, JsonSlice>;
  readonly body: Map<string, JsonSlice>;
  readonly meta: Map<string, JsonSlice>;
  metaAt: JsonSlice | undefined;
  unique: boolean;
  /** For so many members more. */
  room: number;
}

/** Walks an object; `enter` reads a member itself and answers where it was, or leaves it to be skipped. */
const readObject = (
  scanner: JsonScanner,
  found: Found,
  members: Map<string, JsonSlice>,
  enter: (key: string) => JsonSlice | undefined,
): JsonSlice => {
  scanner.peek();
  const start = scanner.position;
  scanner.object((key) => {
    found.room -= 1;
    if (found.room < 0) throw new JsonScanError("too many members");
    if (members.has(key)) found.unique = false;
    members.set(key, enter(key) ?? scanner.skip());
  });
  return { start, end: scanner.position };
};

/** The text a member was written in. */
export const textAt = ({ bytes }: { readonly bytes: Buffer }, { start, end }: JsonSlice): string => bytes.toString("utf8", start, end);

/** The value of a member that is no container; undefined for a container and where there is no member. */
export const scalarAt = (document: { readonly bytes: Buffer }, slice: JsonSlice | undefined): string | number | boolean | null | undefined => {
  if (slice === undefined || kindAt(document, slice) === "object" || kindAt(document, slice) === "array") return undefined;
  const value: unknown = JSON.parse(textAt(document, slice));
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" || value === null ? value : undefined;
};

export const stringAt = (document: { readonly bytes: Buffer }, slice: JsonSlice | undefined): string | undefined => {
  const value = scalarAt(document, slice);
  return typeof value === "string" ? value : undefined;
};

export const kindAt = ({ bytes }: { readonly bytes: Buffer }, { start }: JsonSlice): "object" | "array" | "scalar" => {
  const first = bytes[start];
  if (first === 0x7b) return "object";
  return first === 0x5b ? "array" : "scalar";
};

/** What stands at a place from now on. */
export interface Edit {
  readonly at: JsonSlice;
  readonly text: string;
}

/** The message with some places written anew and every other byte as it was. The places must not overlap. */
export const withEdits = (bytes: Buffer, edits: readonly Edit[]): Buffer => {
  if (edits.length === 0) return bytes;
  const parts: Buffer[] = [];
  let from = 0;
  for (const { at, text } of edits.toSorted((one, other) => one.at.start - other.at.start)) {
    parts.push(bytes.subarray(from, at.start), Buffer.from(text));
    from = at.end;
  }
  parts.push(bytes.subarray(from));
  return Buffer.concat(parts);
};
