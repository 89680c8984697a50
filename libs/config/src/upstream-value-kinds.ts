import { err, ok } from "@mcp-auth-proxy/contracts";
import { Value } from "typebox/value";
import { InjectEntry } from "./servers-file/schema.ts";
import type { ValueKind } from "./setting.ts";

const headerName = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}";

/** One name, as RFC 9110 section 5.1 has it. */
export const headerNameKind: ValueKind<string> = {
  takes: "the name of a header",
  parse: (text) => (new RegExp(`^${headerName}$`).test(text.trim()) ? ok(text.trim()) : err("malformed")),
};

export interface PlainHeader {
  readonly name: string;
  readonly value: string;
}

/** `Name: value, Other: value`. A comma inside of a value is no value of ours: the next name would be part of it. */
export const plainHeaders: ValueKind<readonly PlainHeader[]> = {
  takes: "headers as Name: value, comma separated",
  parse: (text) => {
    const parsed = text.split(",").map((entry) => new RegExp(`^\\s*(${headerName}):[ \\t]*([\\x20-\\x7e]{1,2000}?)\\s*$`).exec(entry));
    const headers = parsed.flatMap((match) => (match?.[1] === undefined || match[2] === undefined ? [] : [{ name: match[1], value: match[2] }]));
    return headers.length === parsed.length ? ok(headers) : err("malformed");
  },
};

const claims = ["/sub", "/client_id", "/scope", "/email", "/preferred_username"] as const;

export interface HeaderOfClaim {
  /** A JSON pointer (RFC 6901) with one segment. */
  readonly claim: (typeof claims)[number];
  readonly header: string;
}

const isClaim = (text: string | undefined): text is HeaderOfClaim["claim"] => claims.some((claim) => claim === text);

export const headerMapping: ValueKind<readonly HeaderOfClaim[]> = {
  takes: `pairs such as /email:X-Forwarded-Email, comma separated, of ${claims.join(", ")}`,
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
