import { accessList, httpUrl, scopeList } from "../account-value-kinds.ts";
import { setting } from "../setting.ts";
import { onOff, text } from "../value-kinds.ts";

const secretDoc = "The client's secret at the provider.";

/** Sign-in with other people's accounts, and who of them gets in. */
export const providerSettings = {
  googleClientId: setting(text, { name: "GOOGLE_CLIENT_ID", fallback: "–", doc: "Turns on sign-in with Google: the id of a client of type Web application, with the redirect URI `<EXTERNAL_URL>/auth/callback`." }),
  googleClientSecret: setting(text, { name: "GOOGLE_CLIENT_SECRET", fallback: "–", isSecret: true, doc: secretDoc }),
  googleScopes: setting(scopeList, {
    name: "GOOGLE_SCOPES",
    fallback: "identity only",
    doc: "What the MCP server needs of a person's Google account. `openid`, `email` and `profile` are always asked for. Servers of `mcp_servers.json` name their own.",
  }),
  googleAllowedUsers: setting(accessList, { name: "GOOGLE_ALLOWED_USERS", fallback: "none", doc: "Who may sign in with Google, in the words of ALLOWED_USERS." }),
  googleAllowedWorkspaces: setting(accessList, { name: "GOOGLE_ALLOWED_WORKSPACES", fallback: "none", doc: "Google Workspace domains (the `hd` claim) whose members may sign in." }),
  googleIssuer: setting(httpUrl, { name: "GOOGLE_ISSUER", fallback: "https://accounts.google.com", doc: "Another place that speaks as Google does, for tests." }),

  githubClientId: setting(text, { name: "GITHUB_CLIENT_ID", fallback: "–", doc: "Turns on sign-in with GitHub: the id of an OAuth App or GitHub App with the callback URL `<EXTERNAL_URL>/auth/callback`." }),
  githubClientSecret: setting(text, { name: "GITHUB_CLIENT_SECRET", fallback: "–", isSecret: true, doc: secretDoc }),
  githubScopes: setting(scopeList, { name: "GITHUB_SCOPES", fallback: "identity only", doc: "What the MCP server needs of a person's GitHub account, for example `repo:status`." }),
  githubUrl: setting(httpUrl, { name: "GITHUB_URL", fallback: "https://github.com", doc: "A GitHub Enterprise server. Without GITHUB_CLIENT_ID it means nothing: CI runners set it for everything they start." }),
  githubApiUrl: setting(httpUrl, { name: "GITHUB_API_URL", fallback: "`https://api.github.com`, or `/api/v3` of an Enterprise server", doc: "Its API." }),
  githubAllowedUsers: setting(accessList, { name: "GITHUB_ALLOWED_USERS", fallback: "none", doc: "Who may sign in with GitHub: logins, or in the words of ALLOWED_USERS." }),
  githubAllowedOrgs: setting(accessList, { name: "GITHUB_ALLOWED_ORGS", fallback: "none", doc: "Organisations (`org`) and teams (`org:team`) whose members may sign in. The scope `read:org` is asked for." }),

  oidcIssuer: setting(httpUrl, { name: "OIDC_ISSUER", fallback: "–", doc: "Turns on sign-in with an OpenID Connect provider (Okta, Auth0, Entra ID, Keycloak …): its issuer, whose discovery document is read." }),
  oidcConfigurationUrl: setting(httpUrl, { name: "OIDC_CONFIGURATION_URL", fallback: "–", doc: "The same by the address of the discovery document; `/.well-known/openid-configuration` at its end is left out." }),
  oidcClientId: setting(text, { name: "OIDC_CLIENT_ID", fallback: "–", doc: "The client's id at the provider." }),
  oidcClientSecret: setting(text, { name: "OIDC_CLIENT_SECRET", fallback: "none", isSecret: true, doc: `${secretDoc} Without it, the client is a public one, with PKCE.` }),
  oidcScopes: setting(scopeList, {
    name: "OIDC_SCOPES",
    fallback: "openid profile email",
    doc: "What is asked for; `openid`, `email` and `profile` always, `offline_access` where the provider offers it.",
  }),
  oidcAuthEndpoint: setting(httpUrl, { name: "OIDC_AUTH_ENDPOINT", fallback: "discovered", doc: "Where discovery says something else, or nothing." }),
  oidcTokenEndpoint: setting(httpUrl, { name: "OIDC_TOKEN_ENDPOINT", fallback: "discovered", doc: "Where discovery says something else, or nothing." }),
  oidcUserinfoEndpoint: setting(httpUrl, { name: "OIDC_USERINFO_ENDPOINT", fallback: "discovered", doc: "Where discovery says something else, or nothing." }),
  oidcProviderName: setting(text, { name: "OIDC_PROVIDER_NAME", fallback: "OIDC", doc: 'Its name on the sign-in page: "Sign in with …".' }),
  oidcUserIdField: setting(text, { name: "OIDC_USER_ID_FIELD", fallback: "email", doc: "The claim by which OIDC_ALLOWED_USERS and the account page name a person; who they are is always decided by `sub`. Of a field that people can fill in themselves, an address in OIDC_ALLOWED_USERS is no proof: take `email`, which has to be verified." }),
  oidcGroupsClaim: setting(text, { name: "OIDC_GROUPS_CLAIM", fallback: "groups", doc: "The claim that `group:` entries are looked up in." }),
  oidcAllowedUsers: setting(accessList, { name: "OIDC_ALLOWED_USERS", fallback: "none", doc: "Who may sign in with this provider, in the words of ALLOWED_USERS." }),
  oidcAllowedUsersGlob: setting(accessList, { name: "OIDC_ALLOWED_USERS_GLOB", fallback: "none", doc: "The same as patterns: each `*` is any text." }),
  oidcAllowedAttributes: setting(accessList, { name: "OIDC_ALLOWED_ATTRIBUTES", fallback: "none", doc: "Claims that let somebody in, as `/claim=value`, for example `/department=research`." }),
  oidcTrustEmail: setting(onOff, {
    name: "OIDC_TRUST_EMAIL",
    fallback: "false",
    doc: "Takes e-mails without `email_verified` (Entra ID sends none). Only for the issuer of one tenant: elsewhere anybody could claim any address.",
  }),

  allowedUsers: setting(accessList, {
    name: "ALLOWED_USERS",
    fallback: "none",
    doc:
      "Who may sign in with a provider, comma separated: `a@b.c` (a verified e-mail), a bare name (a GitHub login), `*@b.c` (a domain), `group:name`, `*` (everyone). " +
      "On a public EXTERNAL_URL each provider needs this or a list of its own. Looked at again at each refresh of a client's token. It does not restrict PASSWORD.",
  }),
  allowedDomains: setting(accessList, { name: "ALLOWED_DOMAINS", fallback: "none", doc: "E-mail domains whose people may sign in with a provider." }),
  noProviderAutoSelect: setting(onOff, { name: "NO_PROVIDER_AUTO_SELECT", fallback: "false", doc: "Shows the sign-in page also where there is only one provider to choose." }),
} as const;
