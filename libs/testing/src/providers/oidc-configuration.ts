import { generateKeyPair, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { claimsOf, type OidcPerson, subjectOf } from "./oidc-person.ts";
import { interactionUrl } from "./oidc-interaction.ts";
import type { OidcShape, SignInFacts } from "./oidc-shape.ts";
import type { OidcStore } from "./oidc-store.ts";
import type { People } from "./people.ts";
import type { Context, RefreshTokenSource } from "oidc-provider";

/** How tokens are given out. A test may change it while the provider runs. */
export interface TokenRules {
  /** Whether a refresh answers with a new refresh token and uses the old one up. */
  rotate: boolean;
  /** Answers of a refresh carry no refresh token; the old one stays good. */
  omitRefreshToken: boolean;
  accessTokenTtlSeconds: number;
}

export interface OidcConfigurationParts {
  readonly store: OidcStore;
  readonly people: People<OidcPerson>;
  readonly shape: OidcShape;
  readonly rules: TokenRules;
  /** What the sign-in that a code came from had asked for. */
  readonly askedFor: (code: string) => SignInFacts["parameters"];
  readonly claimsInIdToken: boolean;
  /** What a person may be asked. */
  readonly prompts: readonly unknown[];
  /** Makes cookie names of this provider: browsers share cookies over the ports of a host. */
  readonly port: string;
}

const makeKeyPair = promisify(generateKeyPair);

/** The configuration of the package. Every provider has a key of its own, or tokens of one would pass for another's. */
export async function oidcConfiguration(parts: OidcConfigurationParts): Promise<Readonly<Record<string, unknown>>> {
  const { store, people, shape, rules, port } = parts;
  const { privateKey } = await makeKeyPair("rsa", { modulusLength: 2048 });
  const byAnyone = (): boolean => true;
  return {
    adapter: (model: string) => store.adapter(model),
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: randomBytes(8).toString("hex"), use: "sig", alg: "RS256" }] },
    cookies: {
      keys: [randomBytes(32).toString("hex")],
      names: { session: `idp${port}_session`, interaction: `idp${port}_interaction`, resume: `idp${port}_resume` },
    },
    routes: shape.routes,
    scopes: shape.scopes,
    claims: shape.claims,
    extraParams: shape.extraParams,
    conformIdTokenClaims: !parts.claimsInIdToken,
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "none"],
    interactions: {
      policy: parts.prompts,
      url: (_context: Context, { uid }: { readonly uid: string }) => interactionUrl(uid),
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      introspection: { enabled: true, allowedPolicy: byAnyone },
      revocation: { enabled: true, allowedPolicy: byAnyone },
    },
    pkce: { required: () => false },
    findAccount: (_context: Context, sub: string) => accountOf(people, sub),
    // Otherwise tokens would die with the browser session of whoever signed in.
    expiresWithSession: () => false,
    issueRefreshToken: ({ oidc }: Context, _client: unknown, source: RefreshTokenSource) =>
      shape.issuesRefreshToken({
        sub: source.accountId,
        clientId: source.clientId,
        scopes: source.scopes,
        parameters: parts.askedFor(String(oidc?.params?.code)),
      }),
    rotateRefreshToken: () => rules.rotate && !rules.omitRefreshToken,
    revokeGrantPolicy: () => true,
    ttl: {
      AccessToken: () => rules.accessTokenTtlSeconds,
      AuthorizationCode: 60,
      Grant: 14 * 24 * 3600,
      IdToken: 3600,
      Interaction: 600,
      RefreshToken: 14 * 24 * 3600,
      Session: 14 * 24 * 3600,
    },
    renderError: (context: Context, out: Readonly<Record<string, unknown>>) => {
      context.body = JSON.stringify(out);
    },
  };
}

function accountOf(people: People<OidcPerson>, sub: string): unknown {
  const person = people.all().find((candidate) => subjectOf(candidate) === sub);
  return person === undefined ? undefined : { accountId: sub, claims: () => claimsOf(person) };
}
