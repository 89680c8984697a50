import { Redis } from "ioredis";
import { Secret } from "@mcp-auth-proxy/crypto";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import { createLog } from "@mcp-auth-proxy/telemetry";
import type { LaunchedRedis } from "@mcp-auth-proxy/testing/servers";
import { openRedisCiphertexts, type Ciphertexts } from "../../src/index.ts";
import type { StoreFixture } from "./credential-store.contract.ts";
import { dumpTables } from "./sql-fixture.ts";

const log = createLog({ level: "error", format: "json", destination: { write: () => undefined } });

export const openCiphertexts = (server: LaunchedRedis, prefix: string, store: EventStore): Promise<Ciphertexts> =>
  openRedisCiphertexts({ url: Secret.of(server.url), prefix, store, log });

/** A test's own eyes and hands in Redis. */
export class RedisHand {
  readonly redis: Redis;
  readonly #prefix: string;

  constructor(server: LaunchedRedis, prefix: string) {
    this.redis = new Redis(server.url);
    this.#prefix = prefix;
  }

  keyOf(credentialId: string): string {
    return `${this.#prefix}credential:${credentialId}`;
  }

  async dump(): Promise<string> {
    const keys = await this.redis.keys(`${this.#prefix}*`);
    const lines = (await Promise.all(keys.map(async (key) => Object.entries(await this.redis.hgetall(key)).map(([field, text]) => `${key} ${field} ${text}`)))).flat();
    return lines.toSorted((one, other) => (one < other ? -1 : 1)).join("\n");
  }

  async clear(): Promise<void> {
    const keys = await this.redis.keys(`${this.#prefix}*`);
    if (keys.length > 0) await this.redis.del(...keys);
    await this.redis.quit();
  }

  get tampering(): Pick<StoreFixture, "dump" | "swap" | "lose"> {
    return {
      dump: async (store) => `${await dumpTables(store)}\n${await this.dump()}`,
      swap: async (_, one, other) => {
        await this.redis.rename(this.keyOf(one), this.keyOf("aside"));
        await this.redis.rename(this.keyOf(other), this.keyOf(one));
        await this.redis.rename(this.keyOf("aside"), this.keyOf(other));
      },
      lose: async (_, credentialId) => {
        await this.redis.del(this.keyOf(credentialId));
      },
    };
  }
}
