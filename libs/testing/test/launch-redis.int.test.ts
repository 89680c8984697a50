import { afterEach, expect, test, vi } from "vitest";
import { Redis } from "ioredis";
import { launchRedis } from "../src/launch-redis.ts";

afterEach(() => vi.unstubAllEnvs());

const open = (url: string): Redis => {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: () => null });
  redis.on("error", () => undefined);
  return redis;
};

test("has the settings that were asked for, wants its password, and is gone when it is disposed", async () => {
  vi.stubEnv("TEST_REDIS_URL", undefined);
  const server = await launchRedis({ settings: ["--maxmemory-policy", "allkeys-lru"] });
  const redis = open(server.url);
  expect(await redis.config("GET", "maxmemory-policy")).toEqual(["maxmemory-policy", "allkeys-lru"]);
  redis.disconnect();
  const stranger = open(server.url.replace(/\/\/.*@/, "//"));
  await expect(stranger.get("k")).rejects.toThrow("NOAUTH");
  stranger.disconnect();
  await server[Symbol.asyncDispose]();
  const late = open(server.url);
  await expect(late.get("k")).rejects.toThrow();
  late.disconnect();
});

test("starts again at the same place after it was killed", async () => {
  vi.stubEnv("TEST_REDIS_URL", undefined);
  await using server = await launchRedis({ settings: ["--appendonly", "yes", "--appendfsync", "always"] });
  const first = open(server.url);
  await first.set("k", "kept");
  first.disconnect();
  await server.restart();
  const second = open(server.url);
  expect(await second.get("k")).toBe("kept");
  second.disconnect();
});

test("a server that was named is used, under a prefix of the test's own", async () => {
  vi.stubEnv("TEST_REDIS_URL", "redis://localhost:1/9");
  const [one, other] = [await launchRedis(), await launchRedis()];
  expect([one.url, one.prefix === other.prefix]).toEqual(["redis://localhost:1/9", false]);
  await expect(one.kill()).rejects.toThrow("TEST_REDIS_URL");
});
