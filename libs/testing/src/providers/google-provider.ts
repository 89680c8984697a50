import { GoogleConsents } from "./google-consents.ts";
import { googleEndpoints } from "./google-endpoints.ts";
import { asOidcPerson, type GooglePerson } from "./google-person.ts";
import { apiScopes, googleScopeName, identityScopes } from "./google-scopes.ts";
import { googleShape } from "./google-shape.ts";
import type { TokenRules } from "./oidc-configuration.ts";
import { type OidcEngine, startOidcEngine } from "./oidc-engine.ts";
import { type Granted, OidcProvider } from "./running-oidc-provider.ts";
import type { UpstreamClient } from "./upstream-client.ts";

export interface GoogleProviderOptions {
  readonly clients: readonly UpstreamClient[];
  /** Default: ada of the Workspace domain example.com, and bob with a private account. */
  readonly people?: readonly GooglePerson[];
  /** Scopes beyond the ones of calendars, mail and drives. */
  readonly scopes?: readonly string[];
  readonly accessTokenTtlSeconds?: number;
  readonly port?: number;
}

export interface GoogleState {
  readonly consents: GoogleConsents;
  readonly people: readonly GooglePerson[];
}

/** Google while it runs. Its refresh tokens never rotate, and refreshes answer without one. */
export class GoogleProvider extends OidcProvider {
  readonly #consents: GoogleConsents;

  readonly #people: Map<string, GooglePerson>;

  constructor(engine: OidcEngine, rules: TokenRules, granted: Granted, { consents, people }: GoogleState) {
    super(engine, rules, granted);
    this.#consents = consents;
    this.#people = new Map(people.map((person) => [person.login, person]));
  }

  /** Tells what an access token is good for: `GET <tokeninfo>?access_token=…`. */
  get tokeninfo(): string {
    return `${this.issuer}/tokeninfo`;
  }

  override changePerson(person: GooglePerson): void {
    const changed = { ...this.#people.get(person.login), ...person };
    this.#people.set(person.login, changed);
    this.engine.people.change(person.login, () => asOidcPerson(changed));
  }

  override revokePerson(sub: string): void {
    this.#consents.forgetPerson(sub);
    super.revokePerson(sub);
  }
}

/**
 * Google on a loopback port, made of the `oidc-provider` package: a refresh token only with `access_type=offline` and only where the
 * consent screen was shown (the first time, for new scopes, or with `prompt=consent`), scopes that a person may grant in part, numeric
 * subjects, `hd`, Google's own words in errors.
 */
export async function startGoogleProvider(options: GoogleProviderOptions): Promise<GoogleProvider> {
  const rules: TokenRules = { rotate: false, omitRefreshToken: true, accessTokenTtlSeconds: options.accessTokenTtlSeconds ?? 3599 };
  const scopes = [...identityScopes, ...apiScopes, ...(options.scopes ?? [])];
  const consents = new GoogleConsents();
  const granted: Granted = { only: undefined };
  const shape = googleShape({ scopes, showedConsent: (signIn) => consents.showed(signIn) });
  const people = options.people ?? [{ login: "ada", hd: "example.com" }, { login: "bob" }];
  const engine = await startOidcEngine(shape, {
    people: people.map(asOidcPerson),
    clients: options.clients,
    rules,
    // Who grants in part takes away calendars and mail, never the identity that the sign-in was for.
    grants: (scope) => identityScopes.includes(scope) || granted.only === undefined || granted.only.includes(googleScopeName(scope)),
    claimsInIdToken: true,
    port: options.port,
    intercept: googleEndpoints({ consents, scopes }),
  });
  return new GoogleProvider(engine, rules, granted, { consents, people });
}
