export { composeTokenVault, type TokenVaultDeps } from "./compose.ts";
export { defaultRefreshThresholdMs, type TokenVaultConfig } from "./config.ts";
export type { Ciphertexts } from "./custody/ciphertexts.ts";
export { opensStoredKeys } from "./custody/opens-stored-keys.ts";
export { openRedisCiphertexts, type RedisCiphertextsOptions } from "./custody/redis/ciphertexts.ts";
export { tokenVaultStore } from "./store.ts";
