export * from "./counted-reads.ts";
export * from "./event-store.contract.ts";
export type { StoreFixture } from "./fixture.ts";
export * from "./given.ts";
