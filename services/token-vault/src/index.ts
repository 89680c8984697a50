export { composeTokenVault, type TokenVaultDeps } from "./compose.ts";
export { tokenVaultStore } from "./store.ts";
