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

/** A list of people or of what they belong to; what its entries mean is read where access is decided. */
export const accessList: ValueKind<readonly string[]> = {
  takes: "entries, comma separated",
  parse: (value) => {
    const entries = entriesOf(value);
    return entries.length > 0 && entries.every((entry) => /^[^\0\r\n]{1,250}$/.test(entry)) ? ok(entries) : err("malformed");
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
