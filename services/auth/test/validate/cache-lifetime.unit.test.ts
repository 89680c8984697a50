import { describe, expect, it } from "vitest";
import { cacheLifetimeMs } from "../../src/validate/cache-lifetime.ts";

describe("how long a document counts", () => {
  it.each<[cacheControl: string | undefined, age: string | undefined, lifetimeMs: number, why: string]>([
    [undefined, undefined, 300_000, "nothing is said"],
    ["public", undefined, 300_000, "nothing about time"],
    ["max-age=60", undefined, 60_000, "what is said"],
    ["public, max-age=60, immutable", undefined, 60_000, "among others"],
    ["MAX-AGE=60", undefined, 60_000, "directives know no case"],
    ['max-age="60"', undefined, 60_000, "quoted, which is to be taken"],
    ["max-age=600, s-maxage=60", undefined, 60_000, "we are a shared cache"],
    ["s-maxage=600, max-age=60", undefined, 600_000, "also when it is more"],
    ["max-age=60", "20", 40_000, "some of it is spent already"],
    ["max-age=60", "nonsense", 60_000, "an age that is none"],
    ["max-age=60", "600", 10_000, "all of it is spent"],
    ["max-age=31536000", undefined, 3_600_000, "A12: a year is an hour"],
    ["max-age=99999999999999999999999", undefined, 3_600_000, "more than a number holds"],
    ["max-age=0", undefined, 10_000, "the lower bound"],
    ["no-store", undefined, 10_000, "the lower bound: single requests must not each fetch"],
    ["no-cache, max-age=600", undefined, 10_000, "to be asked again"],
    ["private, max-age=600", undefined, 10_000, "not for shared caches"],
    ["max-age=-1", undefined, 10_000, "not a time: stale"],
    ["max-age=1e9", undefined, 10_000, "not a time: stale"],
    ["max-age=", undefined, 10_000, "not a time: stale"],
    ["max-age", undefined, 10_000, "not a time: stale"],
    ["max-age=600, max-age=31536000", undefined, 10_000, "said twice: stale (RFC 9111 section 4.2.1)"],
    ["x-max-age=600", undefined, 300_000, "another directive"],
  ])("with Cache-Control %s and Age %s is %d ms (%s)", (cacheControl, age, lifetimeMs) => {
    expect(cacheLifetimeMs(cacheControl, age)).toBe(lifetimeMs);
  });
});
