import type { Secret } from "@mcp-auth-proxy/crypto";

/** Where people have their accounts, as the operator set it up. Lists are empty where nothing was said. */
export type ProviderSetting = GoogleSetting | GithubSetting | OidcSetting;

interface Client {
  readonly clientId: string;
  /** Beyond what names a person. */
  readonly scopes: readonly string[];
  readonly allowedUsers: readonly string[];
}

export interface GoogleSetting extends Client {
  readonly id: "google";
  readonly clientSecret: Secret<string>;
  readonly issuer: string;
  readonly allowedWorkspaces: readonly string[];
}

export interface GithubSetting extends Client {
  readonly id: "github";
  readonly clientSecret: Secret<string>;
  readonly url: string;
  readonly apiUrl: string;
  readonly allowedOrgs: readonly string[];
}

export interface OidcSetting extends Client {
  readonly id: "oidc";
  readonly clientSecret?: Secret<string>;
  readonly issuer: string;
  readonly name: string;
  readonly endpoints: { readonly authorization?: string; readonly token?: string; readonly userinfo?: string };
  readonly userIdField: string;
  readonly groupsClaim: string;
  readonly allowedUsersGlob: readonly string[];
  readonly allowedAttributes: readonly string[];
  readonly trustEmail: boolean;
}

const identityScopes: ReadonlySet<string> = new Set(["openid", "email", "profile", "offline_access", "groups", "roles", "read:user", "user:email"]);

export const ofIdentity = (scopes: readonly string[]): readonly string[] => scopes.filter((scope) => identityScopes.has(scope));

/** What a server needs beyond knowing who somebody is. */
export const beyondIdentity = (scopes: readonly string[]): readonly string[] => scopes.filter((scope) => !identityScopes.has(scope));
