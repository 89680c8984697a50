import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Secret } from "@mcp-auth-proxy/crypto";
import { waitFor } from "@mcp-auth-proxy/testing";
import { launchRedis, type LaunchedRedis } from "@mcp-auth-proxy/testing/servers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRedisKv } from "../src/redis.ts";
import { kvContract } from "../src/testing/kv.contract.ts";

let server: LaunchedRedis;
beforeAll(async () => {
  server = await launchRedis();
});
afterAll(() => server[Symbol.asyncDispose]());

// The time of a server can not be moved: it has to pass. A little more than asked for, because its clock is another.
kvContract("Redis", async () => ({
  kv: await openRedisKv({ url: Secret.of(server.url), prefix: `${server.prefix}${randomUUID()}:` }),
  advance: (ms) => pause(ms + 5),
}));

describe("Redis", () => {
  const open = (prefix: string) => openRedisKv({ url: Secret.of(server.url), prefix: server.prefix + prefix });

  test("is shared by those of one prefix, and by nobody else", async () => {
    const [one, same, other] = [await open("a:"), await open("a:"), await open("b:")];
    await one.set("k", "v", 10_000);
    expect([await same.get("k"), await other.get("k")]).toEqual(["v", undefined]);
    expect(await Promise.all([one.increment("n", 10_000), same.increment("n", 10_000), other.increment("n", 10_000)])).toMatchObject([{ count: 1 }, { count: 2 }, { count: 1 }]);
    for (const kv of [one, same, other]) await kv.close();
  });

  test("refuses at once while the server is away, and goes on when it is back", async () => {
    await using away = await launchRedis();
    const reasons: string[] = [];
    const kv = await openRedisKv({ url: Secret.of(away.url), prefix: away.prefix, onLost: (reason) => reasons.push(reason) });
    await away.kill();
    await expect(kv.get("k")).rejects.toMatchObject({ code: "unavailable" });
    await away.restart();
    await waitFor("it to be connected again", () => kv.set("k", "v", 10_000).then(() => true, () => false));
    expect(await kv.get("k")).toBe("v");
    expect(reasons.length).toBeGreaterThan(0);
    await kv.close();
  });

  test.each([
    ["a server that is not there", () => "redis://127.0.0.1:1"],
    ["a wrong password", () => server.url.replace(/:[^:@]+@/, ":wrong-canary@")],
  ])("does not open with %s, and does not say the password", async (_what, url) => {
    const failure: unknown = await openRedisKv({ url: Secret.of(url()), prefix: "p:" }).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: "unavailable" });
    expect(JSON.stringify(failure) + String(failure)).not.toContain("canary");
  });
});
