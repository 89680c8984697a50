// Apart from the main door: it loads a driver that only TOKEN_STORE=redis needs.
export { openRedisCiphertexts, type RedisCiphertextsOptions } from "./custody/redis/ciphertexts.ts";
