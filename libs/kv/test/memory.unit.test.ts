import { describe, expect, test } from "vitest";
import { createMemoryKv } from "../src/memory.ts";
import { kvContract } from "../src/testing/kv.contract.ts";

const fakeClock = () => {
  let now = 1_000_000;
  return { now: () => now, advance: (ms: number) => { now += ms; } };
};

kvContract("memory", async () => {
  const clock = fakeClock();
  return { kv: createMemoryKv({ clock }), advance: async (ms) => clock.advance(ms) };
});

describe("memory kv", () => {
  test("makes room by what has expired before what still lives", async () => {
    const clock = fakeClock();
    const kv = createMemoryKv({ clock, maxEntries: 3 });
    await kv.set("oldest", "v", 10_000);
    await kv.set("expired", "v", 100);
    await kv.set("young", "v", 10_000);
    clock.advance(100);
    await kv.set("new", "v", 10_000);
    expect([await kv.get("oldest"), await kv.get("young"), await kv.get("new")]).toEqual(["v", "v", "v"]);
  });

  test("then makes room by what was set longest ago", async () => {
    const kv = createMemoryKv({ clock: fakeClock(), maxEntries: 2 });
    await kv.set("a", "v", 10_000);
    await kv.set("b", "v", 10_000);
    await kv.set("a", "again", 10_000);
    await kv.set("c", "v", 10_000);
    expect([await kv.get("a"), await kv.get("b"), await kv.get("c")]).toEqual(["again", undefined, "v"]);
  });

  test("finds what expires later after it has looked once", async () => {
    const clock = fakeClock();
    const kv = createMemoryKv({ clock, maxEntries: 3 });
    await kv.set("first", "v", 100);
    await kv.set("oldest", "v", 10_000);
    await kv.set("second", "v", 500);
    clock.advance(100);
    await kv.set("new", "v", 10_000);
    clock.advance(400);
    await kv.set("newer", "v", 10_000);
    expect([await kv.get("oldest"), await kv.get("new"), await kv.get("newer")]).toEqual(["v", "v", "v"]);
  });

  test("holds no more bytes than it may", async () => {
    const kv = createMemoryKv({ clock: fakeClock(), maxBytes: 100 });
    await kv.set("a", "v".repeat(60), 10_000);
    await kv.set("b", "v".repeat(60), 10_000);
    expect([await kv.get("a"), (await kv.get("b"))?.length]).toEqual([undefined, 60]);
  });

  test("gives the bytes back when a value goes", async () => {
    const kv = createMemoryKv({ clock: fakeClock(), maxBytes: 100 });
    await kv.set("a", "v".repeat(60), 10_000);
    await kv.delete("a");
    await kv.set("b", "v".repeat(30), 10_000);
    await kv.set("b", "v".repeat(50), 10_000);
    await kv.set("c", "v".repeat(40), 10_000);
    expect([(await kv.get("b"))?.length, (await kv.get("c"))?.length]).toEqual([50, 40]);
  });
});
