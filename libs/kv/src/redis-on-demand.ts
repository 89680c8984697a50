import type { Kv } from "./port.ts";
import type { RedisKvOptions } from "./redis.ts";

export type { RedisKvOptions };

/** As in redis.ts; the client is loaded when it is first asked for, because the embedded default does without it. */
export const openRedisKv = async (options: RedisKvOptions): Promise<Kv> => (await import("./redis.ts")).openRedisKv(options);
