import { err, ok } from "@mcp-auth-proxy/contracts";
import type { ValueKind } from "./setting.ts";

const entriesOf = (value: string): readonly string[] => value.split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");

/** RFC 6749 section 3.3, and a comma between them as the guide writes it. */
export const scopeList: ValueKind<readonly string[]> = {
  takes: "scopes, separated by spaces or commas",
  parse: (value) => {
    const scopes = [...new Set(value.split(/[\s,]+/).filter((scope) => scope !== ""))];
    return scopes.length > 0 && scopes.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/.test(scope)) ? ok(scopes) : err("malformed");
  },
};

const accessEntry = /^(?:\*|\*@[^\s@*]+\.[^\s@*]+|group:\S.{0,198}|[^\s@*:]+@[^\s@*]+|[A-Za-z0-9][A-Za-z0-9_-]{0,99})$/;

/** The grammar of ALLOWED_USERS. A slip would let nobody in, or somebody else: it is refused. */
export const accessList: ValueKind<readonly string[]> = {
  takes: "a@b.c, a GitHub login, *@b.c, group:name or *, comma separated",
  parse: (value) => {
    const entries = entriesOf(value);
    return entries.length > 0 && entries.every((entry) => accessEntry.test(entry)) ? ok(entries) : err("malformed");
  },
};

export const names: ValueKind<readonly string[]> = {
  takes: "names, comma separated",
  parse: (value) => {
    const entries = entriesOf(value);
    return entries.length > 0 && entries.every((entry) => /^[^\s,\0]{1,200}$/.test(entry)) ? ok(entries) : err("malformed");
  },
};

/** http is for this machine: a provider's answer decides who somebody is. */
export const httpUrl: ValueKind<string> = {
  takes: "an https URL without a query (http only on this machine)",
  parse: (value) => {
    const url = value.trim();
    const fits = /^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?=[:/]|$))[^?#\s@\\]+$/.test(url) && URL.canParse(url);
    return fits ? ok(url) : err("malformed");
  },
};
