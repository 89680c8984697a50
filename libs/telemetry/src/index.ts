export * from "./log.ts";
export * from "./names.ts";
export * from "./no-tracer.ts";
export * from "./port.ts";
export * from "./redact.ts";
export * from "./reference.ts";
