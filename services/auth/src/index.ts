export { parseClientsFile, type ClientsConfiguration } from "./configured/clients-file.ts";
export { composeAuth, type AuthDependencies } from "./compose.ts";
export { defaultAuthLimits, defaultCsrf, defaultSession, type AuthConfig, type AuthLimits, type CsrfConfig, type SessionConfig, type ConfiguredClient, type OwnerPassword, type ProtectedResource, type TrustedIssuer } from "./config.ts";
export { authStore } from "./store.ts";
