import { isIP } from "node:net";
import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { ValueKind } from "./setting.ts";

type Parsed<T> = Result<T, "malformed">;
const malformed: Parsed<never> = err("malformed");

export const text: ValueKind<string> = { takes: "text", parse: (value) => (value.includes("\0") ? malformed : ok(value)) };

const switches: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["on", true],
  ["yes", true],
  ["1", true],
  ["false", false],
  ["off", false],
  ["no", false],
  ["0", false],
]);

export const onOff: ValueKind<boolean> = {
  takes: "true or false",
  isSwitch: true,
  parse: (value) => {
    const known = switches.get(value.trim().toLowerCase());
    return known === undefined ? malformed : ok(known);
  },
};

export const wholeNumber = (least: number, most: number): ValueKind<number> => ({
  takes: `a whole number from ${least} to ${most}`,
  parse: (value) => {
    const number = /^\d{1,15}$/.test(value.trim()) ? Number(value) : Number.NaN;
    return number >= least && number <= most ? ok(number) : malformed;
  },
});

export const port: ValueKind<number> = { ...wholeNumber(1, 65_535), takes: "a port number from 1 to 65535" };

const unitsMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const spoken = (ms: number): string => {
  const unit = Object.entries(unitsMs).findLast(([, length]) => ms % length === 0 && ms >= length);
  return unit === undefined ? `${ms / 1_000} s` : `${ms / unit[1]} ${unit[0]}`;
};

/** Letters that every browser and proxy keeps; the prefixes mean something to browsers and are ours to add. */
export const cookieName: ValueKind<string> = {
  takes: "up to 64 letters, digits, _ and -, without the prefix __Host- or __Secure-, which is added where it applies",
  parse: (value) => (/^[A-Za-z0-9_-]{1,64}$/.test(value) && !/^__(?:host|secure)-/i.test(value) ? ok(value) : malformed),
};

/** Seconds, or with a unit; the result is in milliseconds. */
export const duration = (leastMs: number, mostMs: number): ValueKind<number> => ({
  takes: `seconds, or a number with s, m, h or d, from ${spoken(leastMs)} to ${spoken(mostMs)}`,
  parse: (value) => {
    const [, count, unit = "s"] = /^(\d{1,12})\s*([smhd])?$/.exec(value.trim()) ?? [];
    const ms = count === undefined ? Number.NaN : Number(count) * (unitsMs[unit] ?? Number.NaN);
    return ms >= leastMs && ms <= mostMs ? ok(ms) : malformed;
  },
});

export const oneOf = <const Choice extends string>(choices: readonly Choice[]): ValueKind<Choice> => ({
  takes: choices.length === 1 ? `only ${choices[0]}` : choices.join(" or "),
  parse: (value) => {
    const found = choices.find((choice) => choice.toLowerCase() === value.trim().toLowerCase());
    return found === undefined ? malformed : ok(found);
  },
});

/** Comma separated; blanks around an entry do not count, an empty entry does. */
const listOf = (takes: string, isEntry: (entry: string) => boolean): ValueKind<readonly string[]> => ({
  takes,
  parse: (value) => {
    const entries = value.split(",").map((entry) => entry.trim());
    return entries.every(isEntry) ? ok(entries) : malformed;
  },
});

const isCidr = (entry: string): boolean => {
  const [address = "", prefix, ...rest] = entry.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
};

export const addressRanges = listOf("IP addresses and CIDR ranges, comma separated", isCidr);

const isOrigin = (entry: string): boolean => /^https?:\/\//.test(entry) && URL.canParse(entry) && new URL(entry).origin === entry;
export const origins = listOf("browser origins such as https://app.example.com, comma separated, without a path", isOrigin);

/** RFC 3986 section 3.1; those that a browser would run or read a file by are never a client's (RFC 8252 section 7.1). */
const dangerousSchemes: ReadonlySet<string> = new Set(["http", "https", "javascript", "data", "file", "vbscript", "blob", "about", "ws", "wss", "ftp"]);
export const privateSchemes = listOf(
  "private-use URI schemes such as cursor,vscode, comma separated, in lower case",
  (entry) => /^[a-z][a-z0-9+.-]{1,60}$/.test(entry) && !dangerousSchemes.has(entry),
);

export const ipAddress: ValueKind<string> = {
  takes: "an IP address of this machine, for example 127.0.0.1",
  parse: (value) => (isIP(value.trim()) === 0 ? malformed : ok(value.trim())),
};

export interface ListenAddress {
  readonly host?: string;
  readonly port: number;
}

export const listenAddress: ValueKind<ListenAddress> = {
  takes: "an address and a port, for example :8080, 127.0.0.1:8080 or [::1]:8080",
  parse: (value) => {
    const [, bracketed, plain, digits = ""] = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(value.trim()) ?? [];
    const host = bracketed ?? plain;
    const number = port.parse(digits);
    if (host === undefined || !number.ok) return malformed;
    if (host === "") return ok({ port: number.value });
    return isIP(host) === (bracketed === undefined ? 4 : 6) ? ok({ host, port: number.value }) : malformed;
  },
};

/** A file or folder; where it lies is looked at by who opens it. */
export const path: ValueKind<string> = { takes: "a path", parse: (value) => (value.includes("\0") ? malformed : ok(value)) };

/** The text of a key in the place of its path would be shown in a sentence about the path. */
export const pemPath: ValueKind<string> = { takes: "the path of a PEM file", parse: (value) => (/\0|-----BEGIN/.test(value) ? malformed : ok(value)) };

export const userName: ValueKind<string> = {
  takes: "the name or number of a user of this machine",
  parse: (value) => (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/.test(value.trim()) ? ok(value.trim()) : malformed),
};
