import { describe, expect, it } from "vitest";
import { assertionType, parseCredential } from "../../src/clients/credential.ts";

const header = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
const read = (authorization: string | undefined, parameters: Record<string, string>): string => {
  const parsed = parseCredential(authorization, new Map(Object.entries(parameters)));
  if (!parsed.ok) return parsed.error;
  const { kind, clientId } = parsed.value;
  return `${kind} ${String(clientId)}${parsed.value.kind === "secret" ? ` ${parsed.value.secret.reveal()}` : ""}`;
};

describe("what a request shows of its client", () => {
  it.each<[authorization: string | undefined, parameters: Record<string, string>, read: string, why: string]>([
    [undefined, { client_id: "a" }, "none a", "a public client names itself"],
    [undefined, {}, "none ", "nobody"],
    [undefined, { client_id: "a", client_secret: "s" }, "secret a s", "client_secret_post"],
    [header("a:s"), {}, "secret a s", "client_secret_basic"],
    [header("a%3Ab:s%2B+t"), {}, "secret a:b s+ t", "form-encoded before it was joined (RFC 6749 section 2.3.1)"],
    [header("a:s:t"), {}, "secret a s:t", "the first colon divides"],
    [header("a:"), {}, "none a", "an empty secret is none"],
    [header("a:s").replace("Basic", "basic"), { client_id: "a" }, "secret a s", "the scheme has no case"],
    [undefined, { client_assertion: "x", client_assertion_type: assertionType }, "assertion undefined", "its subject names the client"],
    [header("a:s"), { client_id: "b" }, "ids_differ", "two clients"],
    [header("a:s"), { client_secret: "s" }, "several_methods", "two methods"],
    [undefined, { client_secret: "s", client_assertion: "x", client_assertion_type: assertionType }, "several_methods", "two methods"],
    [header("a:s"), { client_assertion_type: assertionType }, "several_methods", "two methods, one of them half"],
    ["Bearer x", {}, "header_malformed", "no client authentication"],
    [header("no colon"), {}, "header_malformed", "no secret"],
    [header(":s"), {}, "header_malformed", "no id"],
    [header("a:%zz"), {}, "header_malformed", "broken encoding"],
    ["Basic ***", {}, "header_malformed", "no base64"],
    [undefined, { client_assertion: "x" }, "assertion_type", "no type"],
    [undefined, { client_assertion_type: assertionType }, "assertion_type", "no assertion"],
    [undefined, { client_assertion: "x", client_assertion_type: "y" }, "assertion_type", "another type"],
  ])("%j with %j is %j: %s", (authorization, parameters, expected) => {
    expect(read(authorization, parameters)).toBe(expected);
  });
});
