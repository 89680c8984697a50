// Apart from the main door: what starts databases loads their drivers, which most tests do without.
export * from "./launch-postgres.ts";
export * from "./launch-redis.ts";
