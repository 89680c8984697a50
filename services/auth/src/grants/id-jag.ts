import type { Secret } from "@mcp-auth-proxy/crypto";
import { OAuthError } from "@mcp-auth-proxy/http";
import { seenSubject } from "../accounts/seen-subject.ts";
import type { KnownClient } from "../clients/known-client.ts";
import type { ProtectedResource, TrustedIssuer } from "../config.ts";
import type { AuthParts } from "../parts.ts";
import { useAssertion } from "../pending/used-assertions.ts";
import { readAssertionClaim, verifyAssertion, type VerifiedAssertion } from "../tokens/signed-assertion.ts";
import { parseResource } from "../validate/resource.ts";
import { baselineScope, formatScope, narrowScope, offlineScope, parseScope } from "../validate/scope.ts";
import { issueDirectGrant } from "./direct-grant.ts";
import { requireGrantRate } from "./grant-rate.ts";

const type = "oauth-id-jag+jwt";
/** They are made for minutes. Each id is remembered until its end, so the end has to be near. */
const maxLifetimeMs = 3_600_000;

/** A token request with an identity assertion, of a client that is known and proven. */
export interface IdJagRequest {
  readonly client: KnownClient;
  readonly assertion: string;
  readonly scope: string | undefined;
  readonly resource: string | undefined;
  readonly correlationId: string;
}

const invalidGrant = (detail: string): OAuthError => new OAuthError("invalid_grant", detail);

/** The issuer's word is for one client; one that proves nothing could be anybody who found it (the profile, section 5). */
const requireProvenClient = ({ facts }: KnownClient): void => {
  if (facts.authentication === undefined) throw new OAuthError("unauthorized_client", "a public client brings an identity assertion");
};

const requireAssertion = async (parts: AuthParts, text: string): Promise<{ readonly verified: VerifiedAssertion; readonly trusted: TrustedIssuer }> => {
  const { config, configuredKeySets, clock } = parts;
  const claim = readAssertionClaim(text);
  const trusted = config.idJagIssuers.find(({ issuer }) => issuer === claim?.issuer);
  if (claim === undefined || trusted === undefined) throw invalidGrant("not from an issuer that is trusted");
  const verified = await verifyAssertion(text, {
    keys: await configuredKeySets.keysOf(trusted.keys, claim.keyId),
    issuer: trusted.issuer,
    audiences: [config.issuer],
    type,
    maxLifetimeMs,
    now: clock.now(),
  });
  if (!verified.ok) throw invalidGrant(verified.error);
  return { verified: verified.value, trusted };
};

/** Whom it is for: this client; of this tenant, where the issuer speaks for many; said when. */
const requireOurs = ({ claims }: VerifiedAssertion, trusted: TrustedIssuer, { clientId }: KnownClient): void => {
  if (claims["client_id"] !== clientId) throw invalidGrant("made for another client");
  if (typeof claims["iat"] !== "number") throw invalidGrant("no iat");
  if (trusted.tenant !== undefined && claims["tenant"] !== trusted.tenant) throw invalidGrant("another tenant");
};

/** The server that the issuer names; the request may name the same one. Without a name only where there is one server. */
const requireServer = ({ config }: AuthParts, { claims }: VerifiedAssertion, trusted: TrustedIssuer, asked: string | undefined): ProtectedResource => {
  const named = Array.isArray(claims["resource"]) && claims["resource"].length === 1 ? claims["resource"][0] : claims["resource"];
  if (named !== undefined && typeof named !== "string") throw invalidGrant("resource is of the wrong kind");
  const resource = parseResource(named, config.resources.map((each) => each.resource));
  const server = config.resources.find((each) => resource.ok && each.resource === resource.value);
  if (server === undefined) throw invalidGrant("not for a server of ours");
  if (trusted.resources?.includes(server.resource) === false) throw invalidGrant("not for a server that this issuer may open");
  if (!parseResource(asked ?? server.resource, [server.resource]).ok) throw invalidGrant("the request names another server");
  return server;
};

/** What both ask and allow. An issuer that lists scopes must list the one without which nothing is open. */
const requireScope = ({ claims }: VerifiedAssertion, { scopes: catalogue = [] }: ProtectedResource, asked: string | undefined): string => {
  const { scope } = claims;
  if (scope !== undefined && typeof scope !== "string") throw invalidGrant("scope is of the wrong kind");
  if (scope !== undefined && !scope.split(" ").includes(baselineScope)) throw invalidGrant("the issuer does not allow access");
  const allowed = parseScope(scope, catalogue);
  const scopes = allowed.ok ? narrowScope(asked, allowed.value, catalogue) : allowed;
  if (!scopes.ok) throw invalidGrant("scope");
  return formatScope(scopes.value.filter((each) => each !== offlineScope));
};

/** A server with a list of its own people takes the word of an issuer that was named for it, and of no other. */
const requireOpenServer = ({ resource, allowedUsers }: ProtectedResource, trusted: TrustedIssuer): void => {
  if (allowedUsers !== undefined && trusted.resources?.includes(resource) !== true) throw invalidGrant("the server has a list of its people");
};

/** `iss` and `sub` together are the person (E2.6). A text that no other way of signing in can make. */
const loginOf = ({ issuer, subject }: VerifiedAssertion): string => `id-jag:${JSON.stringify([issuer, subject])}`;

/**
 * An identity assertion authorization grant (draft-ietf-oauth-identity-assertion-authz-grant): the organisation's own issuer
 * says that this person may use this server through this client, in place of our consent page. Each assertion is used up in
 * the transaction of its grant, and there is no refresh token: the issuer is asked again.
 */
export const exchangeIdJag = async (parts: AuthParts, request: IdJagRequest): Promise<Secret<string>> => {
  const { client, correlationId } = request;
  requireProvenClient(client);
  const { verified, trusted } = await requireAssertion(parts, request.assertion);
  requireOurs(verified, trusted, client);
  const server = requireServer(parts, verified, trusted, request.resource);
  requireOpenServer(server, trusted);
  const scope = requireScope(verified, server, request.scope);
  await requireGrantRate(parts, client.clientId);
  const { issuer, jti, forgetAt } = verified;
  return issueDirectGrant(parts, {
    origin: "id-jag",
    clientId: client.clientId,
    resource: server.resource,
    scope,
    correlationId,
    subject: async (unit) => {
      const first = await useAssertion(unit.sql, parts.keys, { purpose: "id-jag", issuer, jti, expiresAt: forgetAt, now: unit.now });
      if (!first) throw invalidGrant("used before");
      return seenSubject(parts.keys, unit, loginOf(verified));
    },
  });
};
