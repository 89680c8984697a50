import { memberOf } from "./members.ts";
import { JsonScanError, JsonScanner } from "./json-scan.ts";

const member = '"code_challenge_methods_supported":["S256"]';

/**
 * The relay's only change to what a server says: the result of `initialize` also names the PKCE method, because
 * there are clients that look for it there. Bytes are put in after the result's brace; nothing is written anew.
 * A message without a result object, or with that member, comes back as it was.
 */
export const withCodeChallengeMethods = (message: Buffer): Buffer => {
  try {
    const place = findPlace(message);
    if (place === undefined) return message;
    const inserted = Buffer.from(place.empty ? member : `${member},`);
    return Buffer.concat([message.subarray(0, place.at), inserted, message.subarray(place.at)]);
  } catch (fault) {
    if (fault instanceof JsonScanError) return message;
    throw fault;
  }
};

/** The revision that a client asks for in its `initialize`; empty where it names none. */
export const askedVersionIn = (message: Buffer): string => {
  const params = memberOf(message, "params");
  const version: unknown = JSON.parse((params === undefined ? undefined : memberOf(params, "protocolVersion"))?.toString("utf8") ?? '""');
  return typeof version === "string" ? version : "";
};

/** The revision that a server chose in its answer to `initialize`. */
export const protocolVersionIn = (message: Buffer): string | undefined => {
  const scanner = new JsonScanner(message);
  let version: string | undefined;
  scanner.object((key) => {
    if (key !== "result" || !scanner.isObject()) {
      scanner.skip();
      return;
    }
    scanner.object((name) => {
      const { start, end } = scanner.skip();
      if (name !== "protocolVersion") return;
      const value: unknown = JSON.parse(message.toString("utf8", start, end));
      version = typeof value === "string" ? value : undefined;
    });
  });
  return version;
};

const findPlace = (message: Buffer): { at: number; empty: boolean } | undefined => {
  const scanner = new JsonScanner(message);
  let place: { at: number; empty: boolean } | undefined;
  scanner.object((key) => {
    if (key !== "result" || !scanner.isObject()) {
      scanner.skip();
      return;
    }
    const at = scanner.position + 1;
    const names = new Set<string>();
    scanner.object((name) => {
      names.add(name);
      scanner.skip();
    });
    place = names.has("code_challenge_methods_supported") ? undefined : { at, empty: names.size === 0 };
  });
  return place;
};
