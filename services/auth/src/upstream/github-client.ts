import type { Clock } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import type { ProviderOutbound } from "@mcp-auth-proxy/http";
import { authorizationCodeGrant, buildAuthorizationUrl, calculatePKCECodeChallenge, type Configuration } from "openid-client";
import { type AccessRule, foldAscii, type IdentityFacts } from "../validate/access-rules.ts";
import { createGithubApi, type GithubApi } from "./github-api.ts";
import { asUpstream } from "./library-error.ts";
import { openidConfiguration } from "./openid-configuration.ts";
import { providerFetch } from "./provider-fetch.ts";
import type { UpstreamClient, UpstreamIdentity } from "./upstream-client.ts";
import type { GithubProvider, UpstreamClientCredentials } from "./upstream-provider.ts";
import { UpstreamError } from "./upstream-error.ts";

export interface GithubClientParts {
  readonly provider: GithubProvider;
  readonly credentials: UpstreamClientCredentials;
  readonly outbound: ProviderOutbound;
  readonly rules: readonly AccessRule[];
  readonly clock: Clock;
}

/** What of a person's organisations rules look at. */
const askedOf = (rules: readonly AccessRule[]): { readonly orgs: ReadonlySet<string>; readonly teams: boolean } => {
  const named = rules.flatMap((rule) => (rule.kind === "github-org" ? [rule] : []));
  return { orgs: new Set(named.map(({ org }) => foldAscii(org))), teams: named.some(({ team }) => team !== undefined) };
};

/** GitHub tells errors of its token endpoint with status 200, where a client of OAuth takes them for tokens. */
const hasError = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "error" in value && typeof value.error === "string";
  } catch {
    return false;
  }
};

/** Sign-in with GitHub, or an Enterprise server: plain OAuth 2, and the API for who it is. */
export const createGithubClient = (parts: GithubClientParts): UpstreamClient => {
  const { provider, credentials, outbound, rules, clock } = parts;
  const { orgs, teams } = askedOf(rules);
  const below = `${provider.url}/login/oauth`;
  // As GitHub names itself (RFC 8414 metadata below github.com/login/oauth): an `iss` that comes must be this.
  const metadata = { issuer: below, authorization_endpoint: `${below}/authorize`, token_endpoint: `${below}/access_token` };
  const configurationWith = (fetch = providerFetch(outbound)): Configuration => openidConfiguration(metadata, credentials, { fetch, proof: "client_secret_post" });
  const identityScopes = ["read:user", "user:email", ...(orgs.size > 0 ? ["read:org"] : [])];
  const scopeOf = (scopes: readonly string[]): string => [...new Set([...identityScopes, ...provider.scopes, ...scopes])].join(" ");

  const organisationsOf = async (api: GithubApi): Promise<readonly string[]> => {
    if (orgs.size === 0) return [];
    const all = [...(await api.organisations()), ...(teams ? await api.teams() : [])];
    return all.filter((each) => orgs.has(foldAscii(each.split(":")[0] ?? "")));
  };

  const identityOf = async (accessToken: string): Promise<UpstreamIdentity> => {
    const api = createGithubApi(outbound, provider.apiUrl, Secret.of(accessToken));
    const { id, login } = await api.user();
    const email = await api.email();
    const facts: IdentityFacts = {
      provider: provider.id,
      githubLogin: login,
      ...(email === undefined ? {} : { email }),
      groups: [],
      organisations: await organisationsOf(api),
      attributes: {},
    };
    // By number: a login that is given up can be taken by somebody else.
    return { account: JSON.stringify([provider.id, provider.url, String(id)]), name: login, facts };
  };

  return {
    scopeOf: async ({ scopes }) => scopeOf(scopes),
    refreshesAfterConsent: async () => false,
    authorizationUrl: (request) =>
      asUpstream(async () => {
        const url = buildAuthorizationUrl(configurationWith(), {
          redirect_uri: request.redirectUri,
          scope: scopeOf(request.scopes),
          state: request.state,
          code_challenge: await calculatePKCECodeChallenge(request.verifier),
          code_challenge_method: "S256",
          ...(request.asksAccount ? { prompt: "select_account" } : {}),
        });
        return url.href;
      }),
    redeem: (callback, { state, verifier }) =>
      asUpstream(async () => {
        let tokenResponse: Secret<string> | undefined;
        const fetch = providerFetch(outbound, (_url, { status, text }) => {
          if (status !== 200) return status;
          if (hasError(text)) return 400;
          tokenResponse = Secret.of(text);
          return status;
        });
        const tokens = await authorizationCodeGrant(configurationWith(fetch), callback, { expectedState: state, pkceCodeVerifier: verifier });
        const receivedAt = clock.now();
        if (tokenResponse === undefined) throw new UpstreamError("invalid", "no token response came");
        return { tokenResponse, receivedAt, identity: await identityOf(tokens.access_token) };
      }),
  };
};
