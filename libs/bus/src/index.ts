export * from "./in-process/bus.ts";
export * from "./messenger.ts";
export * from "./port.ts";
