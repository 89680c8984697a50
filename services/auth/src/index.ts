export { composeAuth, type AuthDependencies } from "./compose.ts";
export { defaultAuthLimits, type AuthConfig, type AuthLimits, type ConfiguredClient, type OwnerPassword, type ProtectedResource } from "./config.ts";
export { authStore } from "./store.ts";
