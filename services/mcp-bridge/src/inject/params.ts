import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { foldedName } from "../wire/folded-name.ts";
import { kindAt, readDocument, textAt } from "../wire/json-document.ts";
import { unambiguousJson } from "../wire/strict-json.ts";
import type { Account } from "./accounts.ts";
import type { Lease } from "./lease.ts";

/**
 * Requests that carry no token: a server is told nothing about a person while it is only introduced, and what is
 * repeated word for word to the next process must not hold a token of today.
 */
const withoutToken: ReadonlySet<string> = new Set(["initialize", "ping", "server/discover", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"]);

export const carriesToken = (method: string): boolean => !withoutToken.has(method);

const member = "authorization";

/**
 * Adds `authorization` to the parameters of a request, in the place of any that its client sent, in whatever case. The
 * message is written anew, so that there is only one way to read it: another parser must not find another token there.
 */
export const withAuthorization = (request: Buffer, lease: Lease): Result<Buffer, "ambiguous"> => {
  const plain = unambiguousJson(request);
  const read = plain === undefined ? undefined : readDocument(plain);
  if (plain === undefined || read?.ok !== true) return err("ambiguous");
  const document = read.value;
  const value = `${JSON.stringify(member)}:${JSON.stringify(`Bearer ${lease.accessToken.reveal()}`)}`;
  const parameters = document.top.get("params");
  if (parameters !== undefined && kindAt(document, parameters) !== "object") return err("ambiguous");
  const kept = parameters === undefined ? [] : [...document.body].filter(([name]) => foldedName(name) !== member).map(([name, at]) => `${JSON.stringify(name)}:${textAt(document, at)}`);
  const members = [...document.top].filter(([name]) => name !== "params").map(([name, at]) => `${JSON.stringify(name)}:${textAt(document, at)}`);
  return ok(Buffer.from(`{${[...members, `"params":{${[...kept, value].join(",")}}`].join(",")}}`));
};

/** Whether the token can be put into it, so that no other reader misses it. Without a token there is nothing to put. */
export const canCarry = (request: Buffer, account: Account | undefined): boolean => account?.lease.ok !== true || withAuthorization(request, account.lease.value).ok;
