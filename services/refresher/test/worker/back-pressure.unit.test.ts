import { createFakeClock } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { createBackPressure } from "../../src/worker/back-pressure.ts";

const limits = { attemptsAtOnce: 3, attemptsPerProvider: 2 };
const open = () => {
  const clock = createFakeClock();
  return { clock, pressure: createBackPressure(limits, clock) };
};

describe("attempts at a provider", () => {
  it("are so many at one, and so many in all", () => {
    const { pressure } = open();
    const leave = pressure.enter("one");
    expect([pressure.enter("one") !== undefined, pressure.enter("one")]).toEqual([true, undefined]);
    expect([pressure.enter("other") !== undefined, pressure.enter("other")]).toEqual([true, undefined]);
    leave?.();
    leave?.();
    expect([pressure.hasRoom("one"), pressure.enter("other") !== undefined, pressure.enter("one")]).toEqual([true, true, undefined]);
  });

  it("pause for as long as the provider wants, and others' do not", () => {
    const { clock, pressure } = open();
    pressure.troubled("one", clock.now() + 60_000);
    expect([pressure.enter("one"), pressure.pausedUntil("one"), pressure.hasRoom("other")]).toEqual([undefined, clock.now() + 60_000, true]);
    clock.advance(60_000);
    expect(pressure.hasRoom("one")).toBe(true);
  });

  it("do not pause for a year because the provider says so", () => {
    const { clock, pressure } = open();
    pressure.troubled("one", clock.now() + 31_536_000_000);
    clock.advance(300_000);
    expect(pressure.hasRoom("one")).toBe(true);
  });

  it("pause after five failures in a row, longer each time, then one goes ahead", () => {
    const { clock, pressure } = open();
    for (let failure = 0; failure < 4; failure += 1) pressure.troubled("one", undefined);
    expect(pressure.hasRoom("one")).toBe(true);
    pressure.troubled("one", undefined);
    expect(pressure.pausedUntil("one")).toBe(clock.now() + 5_000);
    clock.advance(5_000);
    const leave = pressure.enter("one");
    expect([leave !== undefined, pressure.enter("one")]).toEqual([true, undefined]);
    pressure.troubled("one", undefined);
    leave?.();
    expect(pressure.pausedUntil("one")).toBe(clock.now() + 10_000);
    clock.advance(10_000);
    pressure.well("one");
    expect([pressure.enter("one") !== undefined, pressure.enter("one") !== undefined]).toEqual([true, true]);
  });
});
