import type { Secret } from "@mcp-auth-proxy/crypto";
import type { AccessRule } from "../validate/access-rules.ts";

/** A client of ours at a provider. Without a secret it is a public one, proven by PKCE alone. */
export interface UpstreamClientCredentials {
  readonly id: string;
  readonly secret?: Secret<string>;
}

/** What every provider is told by. */
interface Common {
  /** Short and lasting: `^[a-z][a-z0-9-]{0,39}$`. Part of `/auth/<id>/callback`, of credentials and of who somebody is. */
  readonly id: string;
  /** "Sign in with …". */
  readonly displayName: string;
  readonly client: UpstreamClientCredentials;
  /** Comes back at `/auth/<id>/callback`; at `/auth/callback`, as all the others, unless it is true. */
  readonly ownCallback?: boolean;
  /** Asked for at every sign-in, beyond what names the person. What a server needs is with the server. */
  readonly scopes: readonly string[];
  /**
   * Who may sign in through it, together with `AuthConfig.allowed`: one rule that fits is enough. No rule in either
   * lets nobody in; everybody is `{ kind: "everyone" }`, said by the operator, or implied on a loopback EXTERNAL_URL.
   */
  readonly allowed: readonly AccessRule[];
}

export interface GoogleProvider extends Common {
  readonly kind: "google";
  /** `googleIssuer`, or where a stand-in for it answers. */
  readonly issuer: string;
}

export interface GithubProvider extends Common {
  readonly kind: "github";
  /** GITHUB_URL without a trailing slash: `/login/oauth/…` is below it. */
  readonly url: string;
  /** GITHUB_API_URL without a trailing slash: `https://api.github.com`, or `<url>/api/v3` of an Enterprise server. */
  readonly apiUrl: string;
}

/** Endpoints that the operator names; each goes before what discovery says, and with the first two nothing is discovered. */
export interface ExplicitEndpoints {
  readonly authorization?: string;
  readonly token?: string;
  readonly userinfo?: string;
  /** Needed for ID tokens where nothing is discovered; without it, userinfo says who it is. */
  readonly jwks?: string;
}

export interface OidcProvider extends Common {
  readonly kind: "oidc";
  /** Byte for byte the `iss` of its ID tokens, but for one trailing slash: there discovery's form counts. */
  readonly issuer: string;
  /** OIDC_CONFIGURATION_URL, where it is not below the issuer. */
  readonly configurationUrl?: string;
  readonly endpoints: ExplicitEndpoints;
  /** How we prove who we are at the token endpoint; what the provider lists decides unless given. */
  readonly clientAuthentication?: "client_secret_basic" | "client_secret_post";
  /** Claim, or JSON pointer to one, that names a person in OIDC_ALLOWED_USERS and on the account page; `email` unless given. */
  readonly userIdField?: string;
  /** Claim, or JSON pointer to one, with the groups; `groups` unless given. */
  readonly groupsClaim?: string;
  /** Accepts an `email` without `email_verified` (Entra). Only of an issuer whose addresses belong to the operator. */
  readonly trustEmail: boolean;
}

/** Somewhere that people have an account, as the operator configured it. */
export type UpstreamProvider = GoogleProvider | GithubProvider | OidcProvider;

export const googleIssuer = "https://accounts.google.com";
export const githubUrl = "https://github.com";
export const githubApiUrl = "https://api.github.com";
