import { isIP } from "node:net";
import { err, ok, type Result } from "@mcp-auth-proxy/contracts";

/** EXTERNAL_URL, taken apart. Byte for byte what metadata, tokens and clients compare. */
export interface ExternalUrl {
  /** Without a trailing slash. */
  readonly base: string;
  readonly secure: boolean;
  /** Without brackets. */
  readonly host: string;
  /** The one written, else the scheme's. */
  readonly port: number;
  readonly loopback: boolean;
}

/** 127.0.0.0/8, ::1 and the name that stands for them (RFC 6761 section 6.3; RFC 8252 section 7.3). */
export const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));

/** It is a part of every token and of every event that names the server: these have limits. */
const maxLength = 400;

const pathShape = /^(?:\/[A-Za-z0-9._~-]+)*$/;

/**
 * Reads EXTERNAL_URL, or says in a sentence what it takes. The text is looked at before `URL` could make something
 * else of it: clients compare the issuer byte for byte (RFC 8414 section 3.3), so only the form that `URL` keeps is taken.
 */
export const parseExternalUrl = (given: string): Result<ExternalUrl, string> => {
  const shape = /^(https?):\/\/([^/]+)(\/.*)?$/.exec(given);
  const [, scheme = "", authority = "", rawPath = ""] = shape ?? [];
  // oxlint-disable-next-line no-control-regex -- exactly those must not be in it
  if (shape === null || /[\s\u0000-\u001f\u007f\\]/.test(given)) return err("it takes a URL that starts with http:// or https:// in lower case");
  if (given.length > maxLength) return err(`it takes at most ${maxLength} characters`);
  if (/[?#]/.test(given)) return err("it takes a URL without a query or a fragment");
  if (authority.includes("@")) return err("it takes a URL without a user name");
  if (/[A-Z]/.test(authority)) return err(`hosts are written in lower case: ${scheme}://${authority.toLowerCase()}${rawPath}`);
  if (!URL.canParse(given)) return err("it takes a URL with a valid host and port");
  const url = new URL(given);
  if (url.port === "" && /:\d*$/.test(authority)) return err(`the default port is not written: ${scheme}://${url.hostname}${rawPath}`);
  if (url.port === "0") return err("it takes a URL with a port from 1 to 65535");
  const path = rawPath.replace(/\/$/, "");
  if (!pathShape.test(path)) return err("its path takes letters, digits, '.', '_', '~' and '-' between single slashes");
  const base = `${scheme}://${authority}${path}`;
  if (`${url.origin}${url.pathname.replace(/\/$/, "")}` !== base) return err(`it takes the plain form: ${url.origin}${url.pathname.replace(/\/$/, "")}`);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (host.endsWith(".")) return err("its host is written without a dot at the end");
  if (host === "0.0.0.0" || host === "::") return err("it takes an address that clients can reach; what to listen on is BIND_ADDRESS");
  return ok({
    base,
    secure: scheme === "https",
    host,
    port: url.port === "" ? (scheme === "https" ? 443 : 80) : Number(url.port),
    loopback: isLoopback(host),
  });
};
