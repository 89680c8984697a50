import type { Context } from "oidc-provider";
import type { ProviderEndpoint } from "./fault-plan.ts";

/** A successful answer of a token endpoint. */
export type TokenAnswer = Readonly<Record<string, unknown>>;

/** In what one make of OpenID provider differs from another. */
export interface OidcShape {
  readonly routes: Readonly<Record<"authorization" | "token" | "userinfo" | "jwks" | "revocation" | "introspection", string>>;
  /** Authorization parameters of its own. */
  readonly extraParams: readonly string[];
  readonly scopes: readonly string[];
  /** Which claims come with which scope. */
  readonly claims: Readonly<Record<string, readonly string[]>>;
  /** Whether a sign-in yields a refresh token. `parameters` are those of the authorization request. */
  readonly issuesRefreshToken: (signIn: SignInFacts) => boolean;
  /** Last word on answers, after the package has made them: every status, every route. */
  readonly finish: (context: Context, facts: { readonly isRefresh: boolean }) => void;
  readonly refusal: (kind: "403" | "429" | "500") => unknown;
}

export interface SignInFacts {
  readonly sub: string;
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Which part of a provider with these routes answers on a path. */
export function endpointAt(routes: OidcShape["routes"], path: string): ProviderEndpoint {
  if (path.startsWith("/.well-known/")) return "discovery";
  const named = (["token", "userinfo", "jwks", "revocation", "introspection"] as const).find((name) => routes[name] === path);
  return named ?? (path.startsWith(routes.authorization) ? "authorization" : "api");
}
