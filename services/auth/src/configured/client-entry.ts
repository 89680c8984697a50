import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { sha256 } from "@mcp-auth-proxy/crypto";
import type { ConfiguredAuthentication, ConfiguredClient } from "../config.ts";
import { grantTypes } from "../validate/grant-type.ts";
import { parseRedirectUri, type RedirectUriPolicy } from "../validate/redirect-uri.ts";
import { baselineScope, offlineScope } from "../validate/scope.ts";
import type { ScopeCatalogue } from "../validate/scope-catalogue.ts";
import type { ClientEntry } from "./file-schema.ts";
import { keySourceOf } from "./key-source.ts";

export interface ClientRules {
  readonly redirectPolicy: RedirectUriPolicy;
  readonly catalogue: ScopeCatalogue;
  /** The content of a file that the entry names; undefined when it can not be read. */
  readonly readSecret: (file: string) => string | undefined;
}

/** `openssl rand -base64 32` gives 44: what a person makes up is not long enough to be kept as a plain hash. */
const leastSecret = 32;

const secretHashOf = (entry: ClientEntry, { readSecret }: ClientRules): Result<string, string> => {
  const { client_secret_file: file, client_secret_sha256: hash } = entry;
  if ((file === undefined) === (hash === undefined)) return err("it takes client_secret_file or client_secret_sha256, one of the two");
  if (hash !== undefined) return ok(Buffer.from(hash, "hex").toString("base64url"));
  const secret = readSecret(file ?? "");
  if (secret === undefined) return err("client_secret_file can not be read");
  return secret.length < leastSecret ? err(`client_secret_file holds fewer than ${leastSecret} characters: take those of openssl rand -base64 32`) : ok(sha256(secret));
};

const authenticationOf = (entry: ClientEntry, rules: ClientRules): Result<ConfiguredAuthentication | undefined, string> => {
  const { token_endpoint_auth_method: method } = entry;
  const hasSecret = entry.client_secret_file !== undefined || entry.client_secret_sha256 !== undefined;
  const hasKeys = entry.jwks !== undefined || entry.jwks_uri !== undefined;
  if (hasSecret && !method.startsWith("client_secret_")) return err(`a secret is of no use with ${method}`);
  if (hasKeys && method !== "private_key_jwt") return err(`keys are of no use with ${method}`);
  if (method === "none") return ok(undefined);
  if (method === "private_key_jwt") {
    const keys = keySourceOf(entry);
    return keys.ok ? ok({ method, keys: keys.value }) : keys;
  }
  const secretHash = secretHashOf(entry, rules);
  return secretHash.ok ? ok({ method, secretHash: secretHash.value }) : secretHash;
};

const redirectProblem = ({ redirect_uris: uris = [] }: ClientEntry, { redirectPolicy }: ClientRules): string | undefined => {
  for (const uri of uris) {
    const parsed = parseRedirectUri(uri, redirectPolicy);
    if (!parsed.ok) return `redirect_uris holds ${JSON.stringify(uri)}, which is refused (${parsed.error})`;
  }
  return undefined;
};

const grantProblem = (granted: readonly string[], entry: ClientEntry): string | undefined => {
  const unknown = granted.find((type) => !grantTypes.some((known) => known === type));
  if (unknown !== undefined) return `grant_types holds ${JSON.stringify(unknown)}: it takes ${grantTypes.join(", ")}`;
  const signsIn = granted.includes("authorization_code");
  if (signsIn && (entry.redirect_uris ?? []).length === 0) return "authorization_code needs redirect_uris";
  if (!signsIn && granted.includes("refresh_token")) return "refresh_token needs authorization_code";
  const needsProof = granted.find((type) => type === "client_credentials" || type.endsWith(":jwt-bearer"));
  return needsProof !== undefined && entry.token_endpoint_auth_method === "none" ? `${needsProof} needs a client that proves itself, and the method is none` : undefined;
};

const scopeProblem = (scopes: readonly string[], catalogue: ScopeCatalogue): string | undefined => {
  const known = [baselineScope, offlineScope, ...catalogue.map(({ name }) => name)];
  const unknown = scopes.find((scope) => !known.includes(scope));
  return unknown === undefined ? undefined : `scope holds ${JSON.stringify(unknown)}: it takes ${known.join(" ")}`;
};

/**
 * Those of the other two kinds of clients, registered ones and those that a document describes; and those of people, because
 * the `sub` of a service is its client id (RFC 9068 section 5).
 */
const takenName = /^(?:mcp_client_|https?:|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$)/i;

/** One entry of the file as a client, or what is wrong with it. */
export const parseClientEntry = (entry: ClientEntry, rules: ClientRules): Result<ConfiguredClient, string> => {
  const granted = entry.grant_types ?? ["authorization_code", "refresh_token"];
  const scopes = entry.scope === undefined ? [baselineScope, offlineScope] : entry.scope.split(" ").filter((scope) => scope !== "");
  const authentication = authenticationOf(entry, rules);
  if (!authentication.ok) return authentication;
  const problem =
    (takenName.test(entry.client_id) ? "client_id looks like one that was registered, like the address of a document, or like a person's id" : undefined) ??
    redirectProblem(entry, rules) ??
    grantProblem(granted, entry) ??
    scopeProblem(scopes, rules.catalogue) ??
    (entry.resource_server === true && authentication.value === undefined ? "resource_server needs a client that proves itself" : undefined);
  if (problem !== undefined) return err(problem);
  return ok({
    clientId: entry.client_id,
    ...(entry.client_name === undefined ? {} : { clientName: entry.client_name }),
    redirectUris: entry.redirect_uris ?? [],
    grantTypes: granted,
    scope: [...new Set([baselineScope, ...scopes])].join(" "),
    ...(authentication.value === undefined ? {} : { authentication: authentication.value }),
    resourceServer: entry.resource_server ?? false,
  });
};
