export * from "./event-store.contract.ts";
export type { StoreFixture } from "./fixture.ts";
export * from "./given.ts";
