export * from "./command-handler.ts";
export * from "./concurrency-error.ts";
export * from "./decider.ts";
export type { AnyDecider, StoreDefinition, StoreMigration } from "./definition.ts";
export * from "./port.ts";
export * from "./processor.ts";
export { openSqliteStore } from "./sql/sqlite.ts";
export type { Executed, Loaded, Unit } from "./unit.ts";
