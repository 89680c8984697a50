import {
  parseAllowedAttributes,
  parseAllowedDomains,
  parseAllowedGlobs,
  parseAllowedOrgs,
  parseAllowedUsers,
  parseAllowedWorkspaces,
  type AccessProblem,
  type AccessRule,
  type AuthConfig,
  type UpstreamProvider,
} from "@mcp-auth-proxy/auth";
import { ofIdentity, type AccessSetting, type ProviderSetting } from "@mcp-auth-proxy/config";
import type { Result } from "@mcp-auth-proxy/contracts";
import { StartError } from "./start-error.ts";

type Lists = readonly (readonly [setting: string, parsed: Result<readonly AccessRule[], AccessProblem>])[];

const joined = (entries: readonly string[]): string => entries.join(",");

const problemsOf = (lists: Lists): readonly string[] =>
  lists.flatMap(([setting, parsed]) => (parsed.ok ? [] : [`${setting} holds ${JSON.stringify(parsed.error.entry)}: it takes ${parsed.error.takes}`]));

const rulesOf = (lists: Lists): readonly AccessRule[] => {
  const problems = problemsOf(lists);
  if (problems.length > 0) throw new StartError(2, problems);
  return lists.flatMap(([, parsed]) => (parsed.ok ? parsed.value : []));
};

const ownLists = (provider: ProviderSetting): Lists => {
  switch (provider.id) {
    case "google":
      return [
        ["GOOGLE_ALLOWED_USERS", parseAllowedUsers(joined(provider.allowedUsers), "google")],
        ["GOOGLE_ALLOWED_WORKSPACES", parseAllowedWorkspaces(joined(provider.allowedWorkspaces))],
      ];
    case "github":
      return [
        ["GITHUB_ALLOWED_USERS", parseAllowedUsers(joined(provider.allowedUsers), "github")],
        ["GITHUB_ALLOWED_ORGS", parseAllowedOrgs(joined(provider.allowedOrgs))],
      ];
    case "oidc":
      return [
        ["OIDC_ALLOWED_USERS", parseAllowedUsers(joined(provider.allowedUsers), "oidc")],
        ["OIDC_ALLOWED_USERS_GLOB", parseAllowedGlobs(joined(provider.allowedUsersGlob))],
        ["OIDC_ALLOWED_ATTRIBUTES", parseAllowedAttributes(joined(provider.allowedAttributes))],
      ];
    default:
      return provider satisfies never;
  }
};

const upstreamOf = (provider: ProviderSetting, allowed: readonly AccessRule[]): UpstreamProvider => {
  const { id, clientId, clientSecret } = provider;
  // What its scopes go beyond identity for is the server's need, and asked for with the server.
  const shared = { id, client: { id: clientId, ...(clientSecret === undefined ? {} : { secret: clientSecret }) }, scopes: ofIdentity(provider.scopes), allowed };
  switch (provider.id) {
    case "google":
      return { kind: "google", displayName: "Google", ...shared, issuer: provider.issuer };
    case "github":
      return { kind: "github", displayName: "GitHub", ...shared, url: provider.url, apiUrl: provider.apiUrl };
    case "oidc": {
      const { name, issuer, endpoints, userIdField, groupsClaim, trustEmail } = provider;
      return { kind: "oidc", displayName: name, ...shared, issuer, endpoints, userIdField, groupsClaim, trustEmail };
    }
    default:
      return provider satisfies never;
  }
};

const listOfServer = (server: string, entries: readonly string[]): Lists => [[`server ${server}: allowed_users`, parseAllowedUsers(joined(entries), "any")]];

/** What can not be read in a server's `allowed_users`, in a sentence. */
export const allowedUsersProblems = (server: string, entries: readonly string[] | undefined): readonly string[] =>
  entries === undefined ? [] : problemsOf(listOfServer(server, entries));

/** The rules of a server's `allowed_users`. Throws StartError for an entry that can not be read. */
export const allowedUsersOf = (server: string, entries: readonly string[] | undefined): readonly AccessRule[] | undefined =>
  entries === undefined ? undefined : rulesOf(listOfServer(server, entries));

/**
 * The providers and who may come in through them, as auth takes them. Where nobody is named, nobody gets in; on a loopback
 * EXTERNAL_URL, which only people of this machine reach, everybody does. Throws StartError for a list that can not be read.
 */
export const providersOf = (
  providers: readonly ProviderSetting[],
  access: AccessSetting,
  loopback: boolean,
): Pick<AuthConfig, "providers" | "allowed"> => {
  const allowed = rulesOf([
    ["ALLOWED_USERS", parseAllowedUsers(joined(access.allowedUsers), "any")],
    ["ALLOWED_DOMAINS", parseAllowedDomains(joined(access.allowedDomains))],
  ]);
  return {
    allowed,
    providers: providers.map((provider) => {
      const own = rulesOf(ownLists(provider));
      const everyone: readonly AccessRule[] = loopback && own.length === 0 && allowed.length === 0 ? [{ kind: "everyone" }] : own;
      return upstreamOf(provider, everyone);
    }),
  };
};
