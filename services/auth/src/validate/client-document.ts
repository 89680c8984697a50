import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { parseClientMetadata, type ClientMetadata } from "./client-metadata.ts";
import type { RedirectUriPolicy } from "./redirect-uri.ts";

/** What came back from a client's address. */
export interface ClientDocumentAnswer {
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
}

/** What we keep of a document: as of a registration, and always with a name. */
export type ClientDocument = ClientMetadata & { readonly clientName: string };

export type ClientDocumentProblem =
  | "content_type"
  | "not_json"
  | "another_client_id"
  | "secret"
  | "private_key"
  | "shared_secret_method"
  | "unknown_method"
  | "no_client_name"
  | "no_redirect_uris"
  | "metadata";

/** For the log: which rule was broken, in words of ours. */
export interface RefusedClientDocument {
  readonly code: ClientDocumentProblem;
  readonly detail: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** The only fields that are read. URLs among the others (`logo_uri`, `policy_uri`…) are never fetched. */
const readFields = [
  "client_name",
  "redirect_uris",
  "grant_types",
  "response_types",
  "scope",
  "application_type",
  "token_endpoint_auth_method",
  "jwks",
  "jwks_uri",
] as const;

const refused = (code: ClientDocumentProblem, detail: string): Result<never, RefusedClientDocument> => err({ code, detail });
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/** A4.7: JSON by its type, and text that is UTF-8. A broken byte is refused and not repaired. */
const parseJson = ({ contentType, body }: ClientDocumentAnswer): Result<Fields, RefusedClientDocument> => {
  const type = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (!/^application\/(?:json|[a-z0-9!#$&^_.-]+\+json)$/.test(type)) return refused("content_type", "the document does not come as JSON");
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
    return isFields(value) ? ok(value) : refused("not_json", "the document is not an object");
  } catch {
    // The text is the other side's: an error that quotes it has no place in the log.
    return refused("not_json", "the document is not JSON in UTF-8");
  }
};

/** A published key that can sign is no secret any more: who publishes one is not to be trusted with anything. */
const hasPrivateKey = (fields: Fields): boolean => {
  const jwks = fields["jwks"];
  const keys = isFields(jwks) ? jwks["keys"] : undefined;
  return Array.isArray(keys) && keys.some((key) => isFields(key) && (Object.hasOwn(key, "d") || Object.hasOwn(key, "k")));
};

/** A4.9 and A4.10: nothing that would have to be kept secret in a public document. */
const methodProblem = (fields: Fields): Result<undefined, RefusedClientDocument> => {
  for (const name of ["client_secret", "client_secret_expires_at"]) {
    if (Object.hasOwn(fields, name)) return refused("secret", `${name} is in the document`);
  }
  if (hasPrivateKey(fields)) return refused("private_key", "the document publishes a private or shared key");
  const method = fields["token_endpoint_auth_method"] ?? "none";
  if (method === "none" || method === "private_key_jwt") return ok(undefined);
  if (typeof method === "string" && method.startsWith("client_secret_")) return refused("shared_secret_method", "the method needs a shared secret");
  return refused("unknown_method", "token_endpoint_auth_method is not known");
};

/**
 * The rules for a client ID metadata document (A4.7 to A4.11). `clientId` is the string that was asked with: the document
 * must name exactly that one. Every redirect URI is looked at now, not only the one that is asked for (A11).
 */
export const parseClientDocument = (clientId: string, answer: ClientDocumentAnswer, policy: RedirectUriPolicy): Result<ClientDocument, RefusedClientDocument> => {
  const parsed = parseJson(answer);
  if (!parsed.ok) return parsed;
  const fields = parsed.value;
  if (fields["client_id"] !== clientId) return refused("another_client_id", "client_id is not the address of the document");
  const method = methodProblem(fields);
  if (!method.ok) return method;
  const { redirect_uris: redirectUris } = fields;
  if (!Array.isArray(redirectUris) || redirectUris.length === 0) return refused("no_redirect_uris", "redirect_uris is missing or empty");
  const metadata = parseClientMetadata(Object.fromEntries(readFields.map((name) => [name, fields[name]])), policy);
  if (!metadata.ok) return refused("metadata", metadata.error.detail);
  const { clientName } = metadata.value;
  return clientName === undefined ? refused("no_client_name", "client_name is missing or can not be read") : ok({ ...metadata.value, clientName });
};
