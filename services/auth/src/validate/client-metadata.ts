import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { ClientKeySource } from "../domain/client.ts";
import { parseJwks } from "./client-jwks.ts";
import { cleanClientName } from "./client-name.ts";
import { parseRedirectUri, type RedirectUriPolicy } from "./redirect-uri.ts";
import { formatScope, parseScope } from "./scope.ts";
import type { ScopeCatalogue } from "./scope-catalogue.ts";

/** What we keep of a registration (RFC 7591 section 2), as it is in effect and as it is echoed. */
export interface ClientMetadata {
  /** Claimed by the client, cleaned for showing, never verified. */
  readonly clientName?: string;
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly RegistrableGrantType[];
  readonly responseTypes: readonly ["code"];
  readonly tokenEndpointAuthMethod: ClientAuthMethod;
  /** Set for `private_key_jwt`, and only for it. */
  readonly keys?: ClientKeySource;
  readonly scope: string;
  readonly applicationType?: "native" | "web";
}

export const clientAuthMethods = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"] as const;
export type ClientAuthMethod = (typeof clientAuthMethods)[number];

/** What a client may register for itself: the other grant types need no person, and so need the operator. */
export const registrableGrantTypes = ["authorization_code", "refresh_token"] as const;
type RegistrableGrantType = (typeof registrableGrantTypes)[number];

/** RFC 7591 section 3.2.2. `detail` is for the log. */
export interface ClientMetadataProblem {
  readonly code: "invalid_redirect_uri" | "invalid_client_metadata";
  readonly detail: string;
}

export interface ClientMetadataPolicy extends RedirectUriPolicy {
  /** Scopes that a client may name besides those of every server. */
  readonly catalogue?: ScopeCatalogue;
}

const maxRedirectUris = 20;
const maxListItems = 50;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (body: unknown): body is Fields => typeof body === "object" && body !== null && !Array.isArray(body);
const isStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length <= maxListItems && value.every((item) => typeof item === "string");

const refused = (code: ClientMetadataProblem["code"], detail: string): Result<never, ClientMetadataProblem> => err({ code, detail });

/** A field that is a string, or absent. JSON null is absence: clients write it. */
const text = (fields: Fields, name: string): Result<string | undefined, ClientMetadataProblem> => {
  const value = fields[name] ?? undefined;
  if (value === undefined || typeof value === "string") return ok(value);
  return refused("invalid_client_metadata", `${name} is not a string`);
};

const list = (fields: Fields, name: string): Result<readonly string[] | undefined, ClientMetadataProblem> => {
  const value = fields[name] ?? undefined;
  if (value === undefined || isStrings(value)) return ok(value);
  return refused("invalid_client_metadata", `${name} is not a list of strings`);
};

/**
 * Cursor registers a private-use, an https and a loopback URI at once, and loses all three if one is refused: a scheme
 * that is not listed is dropped and the rest stands. Anything that looks like an attack refuses the whole registration.
 */
const effectiveRedirectUris = (fields: Fields, policy: RedirectUriPolicy): Result<readonly string[], ClientMetadataProblem> => {
  const asked = fields["redirect_uris"];
  if (!isStrings(asked) || asked.length === 0) return refused("invalid_redirect_uri", "redirect_uris is not a list of strings");
  if (asked.length > maxRedirectUris) return refused("invalid_redirect_uri", "too many redirect_uris");
  const kept = new Set<string>();
  for (const raw of asked) {
    const parsed = parseRedirectUri(raw, policy);
    if (parsed.ok) kept.add(parsed.value.raw);
    else if (parsed.error !== "scheme_not_listed") return refused("invalid_redirect_uri", parsed.error);
  }
  return kept.size > 0 ? ok([...kept]) : refused("invalid_redirect_uri", "no redirect URI is left");
};

/** Absent means both: clients that never ask for a refresh token still expect to stay signed in. */
const effectiveGrantTypes = (fields: Fields): Result<readonly RegistrableGrantType[], ClientMetadataProblem> => {
  const asked = list(fields, "grant_types");
  if (!asked.ok) return asked;
  const effective = registrableGrantTypes.filter((type) => asked.value === undefined || asked.value.length === 0 || asked.value.includes(type));
  return effective.includes("authorization_code") ? ok(effective) : refused("invalid_client_metadata", "no grant type is supported");
};

const effectiveResponseTypes = (fields: Fields): Result<readonly ["code"], ClientMetadataProblem> => {
  const asked = list(fields, "response_types");
  if (!asked.ok) return asked;
  if (asked.value === undefined || asked.value.length === 0 || asked.value.includes("code")) return ok(["code"]);
  return refused("invalid_client_metadata", "no response type is supported");
};

/** Sent back by the browser of whoever runs the client: then its secret would be in everybody's hands (RFC 8252 section 8.5, A14). */
const isNative = (redirectUris: readonly string[]): boolean => redirectUris.some((uri) => !uri.startsWith("https://"));

/** One place for keys, not two that differ (RFC 7591 section 2). Whether the address may be fetched from is seen when it is. */
const keySourceOf = (fields: Fields): Result<ClientKeySource, ClientMetadataProblem> => {
  const [jwks, jwksUri] = [fields["jwks"] ?? undefined, fields["jwks_uri"] ?? undefined];
  if ((jwks === undefined) === (jwksUri === undefined)) return refused("invalid_client_metadata", "private_key_jwt needs jwks or jwks_uri, and not both");
  if (jwks === undefined) {
    if (typeof jwksUri !== "string" || jwksUri.length > 2_048 || !/^https?:\/\//.test(jwksUri)) return refused("invalid_client_metadata", "jwks_uri is not a URL");
    return ok({ jwksUri });
  }
  const keys = parseJwks(jwks);
  return keys.ok ? ok({ jwks: keys.value }) : refused("invalid_client_metadata", `jwks: ${keys.error}`);
};

/**
 * What was asked for, where it works and protects something; else `none`, which the answer says. Absent means `none` as well:
 * clients that leave it out do not expect a secret, whatever the default of RFC 7591 is.
 */
const effectiveAuthentication = (
  fields: Fields,
  asked: string | undefined,
  redirectUris: readonly string[],
): Result<Pick<ClientMetadata, "tokenEndpointAuthMethod" | "keys">, ClientMetadataProblem> => {
  const method = clientAuthMethods.find((known) => known === asked) ?? "none";
  if (method === "private_key_jwt") {
    const keys = keySourceOf(fields);
    return keys.ok ? ok({ tokenEndpointAuthMethod: method, keys: keys.value }) : keys;
  }
  return ok({ tokenEndpointAuthMethod: isNative(redirectUris) ? "none" : method });
};

const nameOf = (value: string | undefined): Pick<ClientMetadata, "clientName"> => {
  const clientName = value === undefined ? undefined : cleanClientName(value);
  return clientName === undefined ? {} : { clientName };
};

/** Kept where it is one of the two (OpenID Connect registration); nothing depends on it, and most clients leave it out. */
const applicationTypeOf = (value: string | undefined): Pick<ClientMetadata, "applicationType"> =>
  value === "native" || value === "web" ? { applicationType: value } : {};

/** The registration rules of RFC 7591 as real clients need them. Unknown fields are ignored, not refused (section 2). */
export const parseClientMetadata = (body: unknown, policy: ClientMetadataPolicy): Result<ClientMetadata, ClientMetadataProblem> => {
  if (!isFields(body)) return refused("invalid_client_metadata", "the body is not a JSON object");
  const redirectUris = effectiveRedirectUris(body, policy);
  if (!redirectUris.ok) return redirectUris;
  const grants = effectiveGrantTypes(body);
  if (!grants.ok) return grants;
  const responseTypes = effectiveResponseTypes(body);
  if (!responseTypes.ok) return responseTypes;
  const name = text(body, "client_name");
  if (!name.ok) return name;
  const method = text(body, "token_endpoint_auth_method");
  if (!method.ok) return method;
  const authentication = effectiveAuthentication(body, method.value, redirectUris.value);
  if (!authentication.ok) return authentication;
  const scope = text(body, "scope");
  if (!scope.ok) return scope;
  const scopes = parseScope(scope.value, policy.catalogue);
  if (!scopes.ok) return refused("invalid_client_metadata", "scope is too long");
  const applicationType = text(body, "application_type");
  if (!applicationType.ok) return applicationType;
  return ok({
    ...nameOf(name.value),
    redirectUris: redirectUris.value,
    grantTypes: grants.value,
    responseTypes: responseTypes.value,
    ...authentication.value,
    scope: formatScope(scopes.value),
    ...applicationTypeOf(applicationType.value),
  });
};
