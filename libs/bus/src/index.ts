export * from "./in-process/bus.ts";
export * from "./messenger.ts";
export * from "./port.ts";
export * from "./redelivery.ts";
export * from "./message-copy.ts";
