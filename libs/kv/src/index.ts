export * from "./memory.ts";
export * from "./port.ts";
export { openRedisKv } from "./redis.ts";
