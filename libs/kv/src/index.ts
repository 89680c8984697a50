export * from "./memory.ts";
export * from "./port.ts";
export * from "./redis-on-demand.ts";
