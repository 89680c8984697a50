import { clientAddress, queryParameters, type Parameters } from "@mcp-auth-proxy/http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { missingConnection } from "../accounts/connections.ts";
import { rememberedConsent } from "../accounts/consents.ts";
import type { BrowserSession } from "../accounts/sessions.ts";
import { findClient } from "../clients/find-client.ts";
import type { KnownClient } from "../clients/known-client.ts";
import type { AuthParts } from "../parts.ts";
import { openPending } from "../pending/authorizations.ts";
import type { PendingRequest } from "../pending/request.ts";
import { completeRemembered, consentTerms } from "../sign-in/complete.ts";
import { addressBlock } from "../validate/address-block.ts";
import { parseChallenge, type PkceChallenge } from "../validate/pkce.ts";
import { parsePrompt, type Prompt } from "../validate/prompt.ts";
import { matchRedirectUri, type RedirectUri } from "../validate/redirect-uri.ts";
import { parseResource } from "../validate/resource.ts";
import { parseResponseMode } from "../validate/response-mode.ts";
import { parseResponseType } from "../validate/response-type.ts";
import { optionalScopes, parseScope } from "../validate/scope.ts";
import { catalogueOf, withIncluded } from "../validate/scope-catalogue.ts";
import { mayBeSilent, type Navigation } from "../validate/silent-consent.ts";
import { parseState } from "../validate/state.ts";
import { renderConsent } from "../views/consent.ts";
import { basePath } from "./base-path.ts";
import { transactionForm } from "./browser-transaction.ts";
import { clientPageError } from "./client-problem.ts";
import { PageError, RedirectError } from "./page-error.ts";
import { languageOf, sendPage } from "./pages.ts";
import { type RequestSource, sourceOf } from "./request-source.ts";
import { returnToClient } from "./return-to-client.ts";
import { currentSession, sessionCookie } from "./session-cookie.ts";
import { setTransactionCookie } from "./transaction-cookies.ts";

/** Where refusals go once the redirect URI is known to be the client's. */
interface ReturnAddress {
  readonly redirectUri: string;
  readonly state: string | undefined;
}

const requireClient = async (parts: AuthParts, parameters: Parameters, address: string): Promise<KnownClient> => {
  const client = await findClient(parts, parameters.get("client_id") ?? "", address);
  if (!client.ok) throw clientPageError(client.error);
  return client.value;
};

const requireRedirectUri = ({ config }: AuthParts, { facts }: KnownClient, parameters: Parameters): RedirectUri => {
  const policy = { schemes: config.clientRedirectSchemes, issuer: config.issuer };
  const matched = matchRedirectUri(parameters.get("redirect_uri"), facts.redirectUris, policy);
  if (!matched.ok) throw new PageError("redirect-mismatch", matched.error);
  return matched.value;
};

const requireReturnAddress = (redirect: RedirectUri, parameters: Parameters): ReturnAddress => {
  const state = parseState(parameters.get("state"));
  if (!state.ok) throw new RedirectError("invalid_request", `state: ${state.error}`, { redirectUri: redirect.raw, state: undefined });
  return { redirectUri: redirect.raw, state: state.value };
};

const requireCodeFlow = (parameters: Parameters, back: ReturnAddress): void => {
  const type = parseResponseType(parameters.get("response_type"));
  if (!type.ok) throw new RedirectError(type.error, "response_type", back);
  const mode = parseResponseMode(parameters.get("response_mode"));
  if (!mode.ok) throw new RedirectError(mode.error, "response_mode", back);
};

const requireChallenge = ({ config }: AuthParts, parameters: Parameters, back: ReturnAddress): PkceChallenge | undefined => {
  const raw = { challenge: parameters.get("code_challenge"), method: parameters.get("code_challenge_method") };
  const challenge = parseChallenge(raw, config.pkce);
  if (!challenge.ok) throw new RedirectError("invalid_request", challenge.error, back);
  return challenge.value;
};

const requireServer = ({ config }: AuthParts, parameters: Parameters, back: ReturnAddress): { readonly resource: string; readonly serverName: string } => {
  const asked = parseResource(parameters.get("resource"), config.resources.map(({ resource }) => resource));
  const server = config.resources.find(({ resource }) => asked.ok && resource === asked.value);
  if (server === undefined) throw new RedirectError("invalid_target", "resource", back);
  return { resource: server.resource, serverName: server.displayName };
};

/** What is asked for and known at this server, with what it includes; of a client of the operator's no more than it was given. */
const requireScopes = ({ config }: AuthParts, { configured, facts }: KnownClient, resource: string, parameters: Parameters, back: ReturnAddress): string[] => {
  const catalogue = catalogueOf(config.resources, resource);
  const scopes = parseScope(parameters.get("scope"), catalogue);
  if (!scopes.ok) throw new RedirectError(scopes.error, "scope", back);
  const most = configured === undefined ? undefined : withIncluded(facts.scope.split(" "), catalogue);
  return scopes.value.filter((scope) => most?.has(scope) !== false);
};

const requirePrompt = (parameters: Parameters, back: ReturnAddress): Prompt => {
  const prompt = parsePrompt(parameters.get("prompt"));
  if (!prompt.ok) throw new RedirectError(prompt.error, "prompt", back);
  return prompt.value;
};

const navigationOf = ({ headers }: FastifyRequest): Navigation => {
  const one = (name: string): string | undefined => [headers[name]].flat()[0];
  return { site: one("sec-fetch-site"), mode: one("sec-fetch-mode"), dest: one("sec-fetch-dest") };
};

/** What the person of this browser agreed to before, on the same terms; nothing where nobody is known to be signed in. */
const agreedBefore = async (parts: AuthParts, session: BrowserSession | undefined, client: KnownClient, pending: PendingRequest): Promise<readonly string[] | undefined> => {
  if (session === undefined) return undefined;
  const remembered = await rememberedConsent(parts.store.sql, parts.keys, consentTerms(session, client, pending), parts.clock.now());
  return remembered?.scopes;
};

const requireRoom = async (parts: AuthParts, request: PendingRequest, { address, known }: RequestSource): Promise<{ readonly id: string; readonly csrfCookie: string }> => {
  const { config, store, keys, clock } = parts;
  const { pendingPerAddress: perAddress, pendingInAll, pendingTtlMs: ttlMs } = config.limits;
  // Strangers who fill all the room there is must not keep those out who have been here before.
  const inAll = known ? Number.MAX_SAFE_INTEGER : pendingInAll;
  const opened = await openPending(store, keys, { request, address, quota: { perAddress, inAll }, now: clock.now(), ttlMs, csrfBytes: config.csrf.bytes });
  if (!opened.ok) throw new PageError("too-many", opened.error);
  return opened.value;
};

/** OpenID Connect Core section 3.1.2.6, for a client that wants nothing shown. */
const whyAsked = (session: BrowserSession | undefined, allowedBefore: readonly string[] | undefined): "login_required" | "consent_required" | "interaction_required" => {
  if (session === undefined) return "login_required";
  return allowedBefore === undefined ? "consent_required" : "interaction_required";
};

/**
 * GET /authorize (OAuth 2.1 section 4.1.1): every check in the order of the RFC, then a row and the consent page.
 * The consent page is shown unless the same person agreed to the same before, nobody else led them here, and nobody
 * else can be at the other end: the client's id alone proves nothing about who uses it (A7, A01, A03, A09).
 */
export const authorizeRoute = (scope: FastifyInstance, parts: AuthParts): void => {
  const { config, keys } = parts;
  const base = basePath(config.issuer);
  for (const path of [`${base}/authorize`, `${base}/auth/authorize`]) {
    scope.get(path, async (request, reply) => {
      const parameters = queryParameters(request);
      const address = addressBlock(clientAddress(request));
      const client = await requireClient(parts, parameters, address);
      const redirect = requireRedirectUri(parts, client, parameters);
      const back = requireReturnAddress(redirect, parameters);
      requireCodeFlow(parameters, back);
      const challenge = requireChallenge(parts, parameters, back);
      const server = requireServer(parts, parameters, back);
      const scopes = requireScopes(parts, client, server.resource, parameters, back);
      const prompt = requirePrompt(parameters, back);
      const pending: PendingRequest = {
        clientId: client.clientId,
        ...(client.facts.clientName === undefined ? {} : { clientName: client.facts.clientName }),
        ...(client.described === undefined ? {} : { described: client.described }),
        redirectUri: redirect.raw,
        redirectKind: redirect.kind,
        redirectHost: redirect.shownHost,
        ...server,
        scopes,
        ...(back.state === undefined ? {} : { state: back.state }),
        ...(challenge === undefined ? {} : { challenge }),
        ...(prompt.login ? { freshSignIn: true } : {}),
      };
      const session = await currentSession(parts, request);
      const allowedBefore = await agreedBefore(parts, session, client, pending);
      const silent = !prompt.login && !prompt.consent && mayBeSilent(navigationOf(request), redirect.kind);
      const isAgreed = silent && session !== undefined && scopes.every((each) => allowedBefore?.includes(each) === true);
      // An account that is missing is connected in a visit to its provider, which comes after a consent that was seen.
      if (isAgreed && (await missingConnection(parts, session.subjectId, server.resource)) === undefined) {
        const code = await completeRemembered(parts, { request: pending, cookie: sessionCookie(request, config), subjectId: session.subjectId, correlationId: request.id });
        const outcome = { kind: "approved", code: code?.reveal() ?? "" } as const;
        if (code !== undefined) return returnToClient(reply, request, config, { pendingId: undefined, request: pending, outcome });
      }
      if (prompt.none) throw new RedirectError(whyAsked(session, allowedBefore), "prompt=none", back);
      const opened = await requireRoom(parts, pending, await sourceOf(parts, request));
      setTransactionCookie(reply, "csrf", opened.id, opened.csrfCookie, config);
      const page = renderConsent({
        language: languageOf(request),
        form: transactionForm(keys, "consent", `${base}/authorize/consent`, opened),
        serverName: pending.serverName,
        resource: pending.resource,
        clientName: pending.clientName,
        describedBy: pending.described?.host,
        redirectHost: pending.redirectHost,
        redirectKind: pending.redirectKind,
        scopes,
        optionalScopes: optionalScopes(scopes),
        catalogue: catalogueOf(config.resources, pending.resource),
        ...(allowedBefore === undefined ? {} : { allowedBefore }),
        accessLastsMs: config.refreshTokenTtlMs,
      });
      return sendPage(reply, 200, page);
    });
  }
};
