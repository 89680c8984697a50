import type { Clock } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import type { ProviderOutbound } from "@mcp-auth-proxy/http";
import { authorizationCodeGrant, buildAuthorizationUrl, calculatePKCECodeChallenge, fetchUserInfo, getJwksCache, setJwksCache, type Configuration } from "openid-client";
import type { AccessRule } from "../validate/access-rules.ts";
import type { Claims } from "./claims.ts";
import type { ProviderMetadata } from "./discovery.ts";
import { asUpstream } from "./library-error.ts";
import { neededClaims, oidcIdentity, type ClaimFields } from "./oidc-identity.ts";
import { openidConfiguration } from "./openid-configuration.ts";
import { providerFetch } from "./provider-fetch.ts";
import type { UpstreamClient, VisitRequest } from "./upstream-client.ts";
import type { GoogleProvider, OidcProvider, UpstreamClientCredentials } from "./upstream-provider.ts";
import { UpstreamError } from "./upstream-error.ts";

export interface OidcClientParts {
  readonly provider: OidcProvider | GoogleProvider;
  readonly credentials: UpstreamClientCredentials;
  readonly metadata: () => Promise<ProviderMetadata>;
  readonly outbound: ProviderOutbound;
  readonly rules: readonly AccessRule[];
  readonly clock: Clock;
}

const identityScopes = ["openid", "email", "profile"] as const;
const offline = "offline_access";

const distinct = (scopes: readonly string[]): string => [...new Set(scopes)].join(" ");

/** Google's parameters in place of a scope; never `include_granted_scopes`: a server gets what it needs, not what another one got. */
const googleParameters = ({ keeps }: VisitRequest, rules: readonly AccessRule[]): Readonly<Record<string, string>> => {
  const workspaces = rules.flatMap((rule) => (rule.kind === "workspace" ? [rule.domain] : []));
  // A hint for the choice of accounts. Whether it is so, the rules ask of the claim.
  const hint = workspaces.length === rules.length && workspaces.length > 0 ? { hd: workspaces.length === 1 ? (workspaces[0] ?? "*") : "*" } : {};
  return { ...(keeps ? { access_type: "offline" } : {}), ...hint };
};

const promptOf = (asksConsent: boolean, asksAccount: boolean): Readonly<Record<string, string>> => {
  const prompt = [...(asksAccount ? ["select_account"] : []), ...(asksConsent ? ["consent"] : [])].join(" ");
  return prompt === "" ? {} : { prompt };
};

const fieldsOf = ({ provider, rules }: OidcClientParts, issuer: string): ClaimFields => {
  const own = provider.kind === "oidc" ? provider : undefined;
  return { provider: provider.id, issuer, userIdField: own?.userIdField ?? "email", groupsClaim: own?.groupsClaim ?? "groups", trustEmail: own?.trustEmail ?? false, rules };
};

/** Sign-in with OpenID Connect (Core section 3.1): Google, and every other provider. */
export const createOidcClient = (parts: OidcClientParts): UpstreamClient => {
  const { provider, credentials, outbound, clock, rules } = parts;
  const isGoogle = provider.kind === "google";
  const proof = isGoogle ? "client_secret_post" : provider.clientAuthentication;
  /** The provider's keys, from one exchange to the next; openid-client fetches them anew when one is missing. */
  let keys: ReturnType<typeof getJwksCache>;

  const scopeOf: UpstreamClient["scopeOf"] = async ({ scopes, keeps }) => {
    const { scopes_supported: supported = [] } = await parts.metadata();
    return distinct([...identityScopes, ...provider.scopes, ...scopes, ...(keeps && supported.includes(offline) ? [offline] : [])]);
  };

  /** What userinfo adds, where the ID token does not say all that is looked at. */
  const userinfoOf = async (config: Configuration, accessToken: string, idToken: Claims & { readonly sub: string }, fields: ClaimFields): Promise<readonly Claims[]> => {
    const lacks = neededClaims(fields).some((claim) => !Object.hasOwn(idToken, claim));
    if (!lacks || config.serverMetadata().userinfo_endpoint === undefined) return [];
    return [await fetchUserInfo(config, accessToken, idToken.sub)];
  };

  return {
    scopeOf,
    // Google gives its refresh token once, others with offline_access after asking (OpenID Connect Core section 11).
    refreshesAfterConsent: async () => isGoogle || (await parts.metadata()).scopes_supported?.includes(offline) === true,
    authorizationUrl: (request) =>
      asUpstream(async () => {
        const config = openidConfiguration(await parts.metadata(), credentials, { fetch: providerFetch(outbound), proof });
        const url = buildAuthorizationUrl(config, {
          response_type: "code",
          redirect_uri: request.redirectUri,
          scope: await scopeOf(request),
          state: request.state,
          nonce: request.nonce,
          code_challenge: await calculatePKCECodeChallenge(request.verifier),
          code_challenge_method: "S256",
          ...(isGoogle ? googleParameters(request, rules) : {}),
          ...promptOf(request.asksConsent, request.asksAccount),
        });
        return url.href;
      }),
    redeem: (callback, { state, nonce, verifier }) =>
      asUpstream(async () => {
        const metadata = await parts.metadata();
        const tokenEndpoint = new URL(metadata.token_endpoint).href;
        let tokenResponse: Secret<string> | undefined;
        const fetch = providerFetch(outbound, (url, { status, text }) => {
          if (url === tokenEndpoint && status === 200) tokenResponse = Secret.of(text);
          return status;
        });
        const config = openidConfiguration(metadata, credentials, { fetch, proof });
        if (keys !== undefined) setJwksCache(config, keys);
        const tokens = await authorizationCodeGrant(config, callback, { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true });
        keys = getJwksCache(config);
        const receivedAt = clock.now();
        const idToken = tokens.claims();
        if (idToken === undefined || tokenResponse === undefined) throw new UpstreamError("invalid", "no ID token came");
        const fields = fieldsOf(parts, metadata.issuer);
        const sources = [idToken, ...(await userinfoOf(config, tokens.access_token, idToken, fields))];
        return { tokenResponse, receivedAt, identity: oidcIdentity(idToken.sub, sources, fields) };
      }),
  };
};
