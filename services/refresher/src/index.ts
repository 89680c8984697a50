export { composeRefresher, type RefresherDependencies } from "./compose.ts";
export { defaultRefresherLimits, type ProviderClient, type RefreshedProvider, type RefresherConfig, type RefresherLimits, type ResourceClient } from "./config.ts";
export { refresherStore } from "./store.ts";
