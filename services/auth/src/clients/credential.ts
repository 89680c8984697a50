import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import type { Parameters } from "@mcp-auth-proxy/http";

/** What a request shows of the client that sends it (RFC 6749 section 2.3, RFC 7521 section 4.2). */
export type Credential =
  | { readonly kind: "none"; readonly clientId: string }
  | { readonly kind: "secret"; readonly clientId: string; readonly secret: Secret<string> }
  /** The client's id may be left out: the assertion's `sub` is one. */
  | { readonly kind: "assertion"; readonly clientId: string | undefined; readonly assertion: Secret<string> };

export type CredentialProblem = "several_methods" | "header_malformed" | "ids_differ" | "assertion_type";

export const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

const basicShape = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i;

/** Section 2.3.1: id and secret are form-encoded before they are joined. */
const decoded = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part.replaceAll("+", " "));
  } catch {
    // decodeURIComponent has no other way to say that the encoding is broken.
    return undefined;
  }
};

const parseHeader = (header: string): Result<{ readonly clientId: string; readonly secret: string }, "header_malformed"> => {
  const [, encoded = ""] = basicShape.exec(header) ?? [];
  const pair = Buffer.from(encoded, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  if (colon < 1) return err("header_malformed");
  const [clientId, secret] = [decoded(pair.slice(0, colon)), decoded(pair.slice(colon + 1))];
  return clientId === undefined || secret === undefined ? err("header_malformed") : ok({ clientId, secret });
};

/** An empty secret is what some public clients send for none (section 2.3.1 lets it be left out). */
const secretOf = (clientId: string, secret: string): Credential => (secret === "" ? { kind: "none", clientId } : { kind: "secret", clientId, secret: Secret.of(secret) });

/** One method at a time (section 2.3): two would be a way to have one checked and another believed. */
export const parseCredential = (header: string | undefined, parameters: Parameters): Result<Credential, CredentialProblem> => {
  const clientId = parameters.get("client_id");
  const secret = parameters.get("client_secret");
  const assertion = parameters.get("client_assertion");
  const type = parameters.get("client_assertion_type");
  if ([header, secret, assertion ?? type].filter((each) => each !== undefined).length > 1) return err("several_methods");
  if (header !== undefined) {
    const parsed = parseHeader(header);
    if (!parsed.ok) return parsed;
    if (clientId !== undefined && clientId !== parsed.value.clientId) return err("ids_differ");
    return ok(secretOf(parsed.value.clientId, parsed.value.secret));
  }
  if (assertion === undefined && type === undefined) return ok(secretOf(clientId ?? "", secret ?? ""));
  if (assertion === undefined || type !== assertionType) return err("assertion_type");
  return ok({ kind: "assertion", clientId, assertion: Secret.of(assertion) });
};
