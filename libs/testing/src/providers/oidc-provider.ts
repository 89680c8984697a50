import type { Fault, Hold } from "./fault-plan.ts";
import type { TokenRules } from "./oidc-configuration.ts";
import { type OidcEngine, startOidcEngine } from "./oidc-engine.ts";
import { type OidcPerson, subjectOf } from "./oidc-person.ts";
import type { OidcShape } from "./oidc-shape.ts";
import type { LiveToken } from "./oidc-store.ts";
import type { TokenRequest } from "./token-requests.ts";
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

/** What a test can do with a provider while it runs. Its rules (`rotate` and the like) may be assigned at any time. */
export interface OidcProvider extends TokenRules, AsyncDisposable {
  readonly issuer: string;
  /** Absolute URLs. */
  readonly endpoints: OidcShape["routes"];
  /** Every request that arrived at the token endpoint. */
  readonly requests: readonly TokenRequest[];
  /** Every request at all, as `GET /path?query`. */
  readonly visits: readonly string[];
  /** Whom the sign-in page takes without asking (a login); undefined: it asks. `login_hint` works too. */
  signedIn: string | undefined;
  subOf(login: string): string;
  addClient(client: UpstreamClient): void;
  /** Adds a person or changes one: what is not named stays. */
  changePerson(person: OidcPerson): void;
  /** Only these scopes are granted, whatever is asked for; undefined: all. openid is always. */
  grantOnly(scopes: readonly string[] | undefined): void;
  /** What the access token stands for, or undefined when it is no living token of this provider. */
  isLive(accessToken: string): LiveToken | undefined;
  /** Ends access tokens now, everybody's or one person's; refresh tokens go on. */
  expireAccessTokens(sub?: string): void;
  /** Takes away all that a person has given. They can sign in again. */
  revokePerson(sub: string): void;
  failNext(fault: Fault): void;
  /** Forgets the failures that did not happen yet. */
  recover(): void;
  /** Keeps requests at the door until it is released. */
  hold(endpoint: Fault["endpoint"]): Hold;
  stop(): Promise<void>;
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
  const rules = rulesOf(options, true);
  const granted: Granted = { only: undefined };
  const engine = await startOidcEngine(standardShape(options.scopes ?? []), {
    people: options.people ?? [{ login: "ada" }, { login: "bob" }],
    clients: options.clients,
    rules,
    grants: grantRule(granted),
    claimsInIdToken: options.claimsInIdToken ?? true,
    port: options.port,
  });
  return oidcControls(engine, rules, granted);
}

export interface Granted {
  only: readonly string[] | undefined;
}

export const grantRule =
  (granted: Granted) =>
  (scope: string): boolean =>
    scope === "openid" || granted.only === undefined || granted.only.includes(scope);

export const rulesOf = (options: Partial<TokenRules>, rotate: boolean): TokenRules => ({
  rotate: options.rotate ?? rotate,
  omitRefreshToken: options.omitRefreshToken ?? false,
  accessTokenTtlSeconds: options.accessTokenTtlSeconds ?? 3600,
});

/** The handles of a provider for its test. */
export function oidcControls({ door, shape, faults, people, store, requests }: OidcEngine, rules: TokenRules, granted: Granted): OidcProvider {
  const stop = async (): Promise<void> => {
    await door[Symbol.asyncDispose]();
  };
  return {
    issuer: door.origin,
    endpoints: absolute(shape.routes, door.origin),
    requests,
    visits: door.visits,
    get signedIn() {
      return people.signedIn;
    },
    set signedIn(login) {
      people.signedIn = login;
    },
    get rotate() {
      return rules.rotate;
    },
    set rotate(value) {
      rules.rotate = value;
    },
    get omitRefreshToken() {
      return rules.omitRefreshToken;
    },
    set omitRefreshToken(value) {
      rules.omitRefreshToken = value;
    },
    get accessTokenTtlSeconds() {
      return rules.accessTokenTtlSeconds;
    },
    set accessTokenTtlSeconds(value) {
      rules.accessTokenTtlSeconds = value;
    },
    subOf: (login) => subjectOf(people.find(login) ?? { login }),
    addClient: (client) => store.addClient(client),
    changePerson: (person) => people.change(person.login, (before) => ({ ...before, ...person })),
    grantOnly: (scopes) => {
      granted.only = scopes;
    },
    isLive: (accessToken) => store.liveToken(accessToken),
    expireAccessTokens: (sub) => store.expireAccessTokens(sub),
    revokePerson: (sub) => store.revokePerson(sub),
    failNext: (fault) => faults.failNext(fault),
    recover: () => faults.recover(),
    hold: (endpoint) => faults.hold(endpoint),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const absolute = ({ authorization, token, userinfo, jwks, revocation, introspection }: OidcShape["routes"], origin: string): OidcShape["routes"] => ({
  authorization: origin + authorization,
  token: origin + token,
  userinfo: origin + userinfo,
  jwks: origin + jwks,
  revocation: origin + revocation,
  introspection: origin + introspection,
});
