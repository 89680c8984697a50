export * from "./event-store.contract.ts";
export * from "./given.ts";
