export { parseClientsFile, type ClientsConfiguration } from "./configured/clients-file.ts";
export { composeAuth, type AuthDependencies } from "./compose.ts";
export { defaultAuthLimits, defaultCsrf, defaultSession, type AuthConfig, type AuthLimits, type CsrfConfig, type SessionConfig, type ConfiguredClient, type OwnerPassword, type NeededConnection, type ProtectedResource, type TrustedIssuer } from "./config.ts";
export { authStore } from "./store.ts";
export { googleIssuer, githubApiUrl, githubUrl, type ExplicitEndpoints, type GithubProvider, type GoogleProvider, type OidcProvider, type UpstreamClientCredentials, type UpstreamProvider } from "./upstream/upstream-provider.ts";
export { parseAllowedAttributes, parseAllowedDomains, parseAllowedGlobs, parseAllowedOrgs, parseAllowedUsers, parseAllowedWorkspaces, type AccessProblem, type UserList } from "./validate/access-lists.ts";
export type { AccessRule } from "./validate/access-rules.ts";
