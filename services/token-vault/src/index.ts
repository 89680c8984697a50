export { composeTokenVault, type TokenVaultDeps } from "./compose.ts";
export { opensStoredKeys } from "./custody/opens-stored-keys.ts";
export { tokenVaultStore } from "./store.ts";
