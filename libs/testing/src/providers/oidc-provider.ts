import type { TokenRules } from "./oidc-configuration.ts";
import { startOidcEngine } from "./oidc-engine.ts";
import type { OidcPerson } from "./oidc-person.ts";
import type { OidcShape } from "./oidc-shape.ts";
import { type Granted, OidcProvider } from "./running-oidc-provider.ts";
import type { UpstreamClient } from "./upstream-client.ts";

export interface OidcProviderOptions extends Partial<TokenRules> {
  readonly clients: readonly UpstreamClient[];
  /** Default: ada and bob. */
  readonly people?: readonly OidcPerson[];
  /** Scopes beyond openid, email, profile, groups and offline_access. */
  readonly scopes?: readonly string[];
  /** Whether the id token carries e-mail, name and groups, or only userinfo does. Default true. */
  readonly claimsInIdToken?: boolean;
  readonly port?: number;
}

const standardShape = (scopes: readonly string[]): OidcShape => ({
  routes: {
    authorization: "/auth",
    token: "/token",
    userinfo: "/me",
    jwks: "/jwks",
    revocation: "/token/revocation",
    introspection: "/token/introspection",
  },
  extraParams: [],
  scopes: ["openid", "offline_access", "email", "profile", "groups", ...scopes],
  claims: {
    openid: ["sub"],
    email: ["email", "email_verified"],
    profile: ["name", "preferred_username", "picture", "department", "groups"],
    groups: ["groups"],
  },
  // OpenID Connect Core 11: the package lets offline_access pass only with prompt=consent.
  issuesRefreshToken: ({ scopes }) => scopes.has("offline_access"),
  finish: () => undefined,
  refusal: (kind) => ({ error: kind === "500" ? "server_error" : "temporarily_unavailable", error_description: "as the test asked" }),
});

/** An OpenID provider: the `oidc-provider` package on a loopback port, with people who sign in at the press of a button. */
export async function startOidcProvider(options: OidcProviderOptions): Promise<OidcProvider> {
  const { rotate = true, omitRefreshToken = false, accessTokenTtlSeconds = 3600 } = options;
  const rules: TokenRules = { rotate, omitRefreshToken, accessTokenTtlSeconds };
  const granted: Granted = { only: undefined };
  const engine = await startOidcEngine(standardShape(options.scopes ?? []), {
    people: options.people ?? [{ login: "ada" }, { login: "bob" }],
    clients: options.clients,
    rules,
    grants: (scope) => scope === "openid" || granted.only === undefined || granted.only.includes(scope),
    claimsInIdToken: options.claimsInIdToken ?? true,
    port: options.port,
  });
  return new OidcProvider(engine, rules, granted);
}
