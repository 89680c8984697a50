import { err, ok } from "@mcp-auth-proxy/contracts";
import { Value } from "typebox/value";
import { InjectEntry } from "./servers-file/schema.ts";
import type { ValueKind } from "./setting.ts";

export interface PlainHeader {
  readonly name: string;
  readonly value: string;
}

const headerName = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}";

/** `Name: value, Other: value`. A comma inside of a value is no value of ours: the next name would be part of it. */
export const plainHeaders: ValueKind<readonly PlainHeader[]> = {
  takes: "headers as Name: value, comma separated",
  parse: (text) => {
    const parsed = text.split(",").map((entry) => new RegExp(`^\\s*(${headerName}):[ \\t]*([\\x20-\\x7e]{1,2000}?)\\s*$`).exec(entry));
    const headers = parsed.flatMap((match) => (match?.[1] === undefined || match[2] === undefined ? [] : [{ name: match[1], value: match[2] }]));
    return headers.length === parsed.length ? ok(headers) : err("malformed");
  },
};

export interface HeaderOfClaim {
  /** A JSON pointer (RFC 6901) with one segment. */
  readonly claim: "/sub" | "/client_id" | "/scope";
  readonly header: string;
}

const isClaim = (text: string | undefined): text is HeaderOfClaim["claim"] => text === "/sub" || text === "/client_id" || text === "/scope";

export const headerMapping: ValueKind<readonly HeaderOfClaim[]> = {
  takes: "pairs such as /sub:X-User, comma separated, of /sub, /client_id and /scope",
  parse: (text) => {
    const parsed = text.split(",").map((entry) => new RegExp(`^\\s*(/[a-z_]+):(${headerName})\\s*$`).exec(entry));
    const mapped = parsed.flatMap((match) => (isClaim(match?.[1]) && match[2] !== undefined ? [{ claim: match[1], header: match[2] }] : []));
    return mapped.length === parsed.length ? ok(mapped) : err("malformed");
  },
};

const parseJson = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
};

/** What `inject` takes in the file of servers, and the word `params` for the simplest. */
export const injection: ValueKind<InjectEntry> = {
  takes: "params, or JSON with one of header, env, file and params",
  parse: (text) => {
    const entry = text.trim() === "params" ? { params: "authorization" } : parseJson(text);
    return Value.Check(InjectEntry, entry) ? ok(entry) : err("malformed");
  },
};
