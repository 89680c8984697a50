import { describe, expect, it } from "vitest";
import { createSlots } from "../../src/outbound/slots.ts";

describe("places for outbound requests", () => {
  it("end at the number to one host, and others still have room", () => {
    const slots = createSlots({ atOnce: 3, perHost: 1 });
    expect(slots.take("a")).toBeDefined();
    expect(slots.take("a")).toBeUndefined();
    expect(slots.take("b")).toBeDefined();
  });

  it("end at the number in all", () => {
    const slots = createSlots({ atOnce: 2, perHost: 2 });
    slots.take("a");
    slots.take("b");
    expect(slots.take("c")).toBeUndefined();
  });

  it("are free again once given back, and only once", () => {
    const slots = createSlots({ atOnce: 2, perHost: 2 });
    const release = slots.take("a");
    slots.take("a");
    release?.();
    release?.();
    expect(slots.take("a")).toBeDefined();
    expect(slots.take("a")).toBeUndefined();
  });
});
