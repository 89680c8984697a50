import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Kv } from "../port.ts";

/** An empty store. `advance` moves its time: a fake clock's, or for a server the waiting that it takes. */
export interface KvFixture {
  readonly kv: Kv;
  advance(ms: number): Promise<void>;
  /** Opened by the suite's wish, so closed by it; this takes the rest away. */
  remove?(): Promise<void>;
}

const times = <T>(count: number, one: (index: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, (_, index) => one(index)));

/** The duties of every Kv. */
export const kvContract = (name: string, open: () => Promise<KvFixture>): void => {
  describe(`${name} as a kv`, () => {
    let fixture: KvFixture;
    let kv: Kv;
    beforeEach(async () => {
      fixture = await open();
      ({ kv } = fixture);
    });
    afterEach(async () => {
      await kv.close();
      await fixture.remove?.();
    });

    test("answers what was set, to the character", async () => {
      await kv.set("k", "välue\u0000\n한국어", 1_000);
      expect(await kv.get("k")).toBe("välue\u0000\n한국어");
    });

    test("answers undefined for what was never set", async () => {
      expect(await kv.get("k")).toBeUndefined();
    });

    test("tells an empty value from none", async () => {
      await kv.set("k", "", 1_000);
      expect(await kv.get("k")).toBe("");
      expect(await kv.add("k", "other", 1_000)).toBe(false);
    });

    test("keeps a value until its time is over and not longer", async () => {
      await kv.set("k", "v", 1_000);
      await fixture.advance(500);
      expect(await kv.get("k")).toBe("v");
      await fixture.advance(500);
      expect(await kv.get("k")).toBeUndefined();
    });

    test("setting again replaces the value and its time", async () => {
      await kv.set("k", "old", 500);
      await kv.set("k", "new", 5_000);
      await fixture.advance(1_000);
      expect(await kv.get("k")).toBe("new");
    });

    test("adds only where there is nothing", async () => {
      expect(await kv.add("k", "first", 1_000)).toBe(true);
      expect(await kv.add("k", "second", 1_000)).toBe(false);
      expect(await kv.get("k")).toBe("first");
    });

    test("adds again once the time is over", async () => {
      await kv.add("k", "first", 500);
      await fixture.advance(500);
      expect(await kv.add("k", "second", 1_000)).toBe(true);
    });

    test("lets one of many concurrent adds win", async () => {
      const won = await times(20, (index) => kv.add("k", String(index), 1_000));
      expect(won.filter(Boolean)).toHaveLength(1);
    });

    test("replaces only the value that is expected", async () => {
      await kv.set("k", "one", 1_000);
      expect(await kv.replace("k", "other", "two", 1_000)).toBe(false);
      expect(await kv.get("k")).toBe("one");
      expect(await kv.replace("k", "one", "two", 1_000)).toBe(true);
      expect(await kv.get("k")).toBe("two");
    });

    test("replaces nothing where there is nothing", async () => {
      expect(await kv.replace("k", "", "v", 1_000)).toBe(false);
      expect(await kv.get("k")).toBeUndefined();
    });

    test("a replacement has the new time", async () => {
      await kv.set("k", "one", 500);
      await kv.replace("k", "one", "two", 5_000);
      await fixture.advance(1_000);
      expect(await kv.get("k")).toBe("two");
    });

    test("lets one of many concurrent replacements win", async () => {
      await kv.set("k", "start", 1_000);
      const won = await times(20, (index) => kv.replace("k", "start", String(index), 1_000));
      expect(won.filter(Boolean)).toHaveLength(1);
    });

    test("deletes, and says whether there was something", async () => {
      await kv.set("k", "v", 1_000);
      expect(await kv.delete("k")).toBe(true);
      expect(await kv.delete("k")).toBe(false);
      expect(await kv.get("k")).toBeUndefined();
    });

    test("deletes only the value that is expected", async () => {
      await kv.set("k", "mine", 1_000);
      expect(await kv.delete("k", "another's")).toBe(false);
      expect(await kv.get("k")).toBe("mine");
      expect(await kv.delete("k", "mine")).toBe(true);
    });

    test("does not delete what has expired", async () => {
      await kv.set("k", "v", 500);
      await fixture.advance(500);
      expect(await kv.delete("k")).toBe(false);
    });

    test("counts within a window that the first call starts", async () => {
      expect(await kv.increment("k", 1_000)).toMatchObject({ count: 1 });
      await fixture.advance(400);
      const second = await kv.increment("k", 1_000);
      expect(second.count).toBe(2);
      expect(second.resetsInMs).toBeGreaterThan(0);
      expect(second.resetsInMs).toBeLessThanOrEqual(600);
      await fixture.advance(600);
      expect(await kv.increment("k", 1_000)).toMatchObject({ count: 1 });
    });

    test("loses no count when many come at once", async () => {
      const counted = await times(50, () => kv.increment("k", 5_000));
      expect(counted.map(({ count }) => count).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    });

    test("refuses to count on a text, and leaves it", async () => {
      await kv.set("k", "text", 1_000);
      await expect(kv.increment("k", 1_000)).rejects.toMatchObject({ code: "bad_request" });
      expect(await kv.get("k")).toBe("text");
    });

    test("keeps keys apart", async () => {
      await kv.set("a", "1", 1_000);
      await kv.set("a:b", "2", 1_000);
      await kv.set("__proto__", "3", 1_000);
      expect([await kv.get("a"), await kv.get("a:b"), await kv.get("__proto__")]).toEqual(["1", "2", "3"]);
      expect(await kv.get("constructor")).toBeUndefined();
    });

    test("takes a key of 256 characters and a value of 64 KiB", async () => {
      const key = "k".repeat(256);
      const value = "v".repeat(65_536);
      await kv.set(key, value, 1_000);
      expect(await kv.get(key)).toBe(value);
    });

    test.each([
      ["an empty key", () => kv.set("", "v", 1_000)],
      ["a key of 257 characters", () => kv.set("k".repeat(257), "v", 1_000)],
      ["reading a key of 257 characters", () => kv.get("k".repeat(257))],
      ["deleting an empty key", () => kv.delete("")],
      ["counting on an empty key", () => kv.increment("", 1_000)],
      ["a value of 64 KiB and a byte", () => kv.set("k", "v".repeat(65_537), 1_000)],
      ["a value that is too large in bytes, not in characters", () => kv.set("k", "한".repeat(30_000), 1_000)],
      ["no time", () => kv.set("k", "v", 0)],
      ["a negative time", () => kv.add("k", "v", -1)],
      ["part of a millisecond", () => kv.set("k", "v", 0.5)],
      ["endless time", () => kv.set("k", "v", Number.POSITIVE_INFINITY)],
      ["no window", () => kv.increment("k", 0)],
    ])("refuses %s", async (_what, act) => {
      await expect(act()).rejects.toMatchObject({ code: "bad_request" });
      expect(await kv.get("k")).toBeUndefined();
    });

    test("says nothing of the key or the value when it refuses", async () => {
      const refusal: unknown = await kv.set("secret-".repeat(60), "v", 1_000).catch((error: unknown) => error);
      expect(String(refusal)).not.toContain("secret");
    });

    test("answers nothing more when closed, and closes twice", async () => {
      await kv.close();
      await expect(kv.get("k")).rejects.toMatchObject({ code: "unavailable" });
      await kv.close();
    });
  });
};
