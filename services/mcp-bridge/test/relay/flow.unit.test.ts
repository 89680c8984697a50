import { describe, expect, it } from "vitest";
import { Backlog } from "../../src/relay/backlog.ts";
import { Flow } from "../../src/relay/flow.ts";
import type { Outlet } from "../../src/relay/outlet.ts";

const outlet = (unsentBytes = 0) => ({ unsentBytes }) as Outlet;

describe("flow", () => {
  it("pauses with the first full client and resumes when the last has drained", () => {
    const calls: string[] = [];
    const flow = new Flow(1_000, () => calls.push("pause"), () => calls.push("resume"));
    const [one, two] = [outlet(), outlet()];
    flow.full(one, 0);
    flow.full(two, 0);
    flow.full(one, 0);
    flow.free(one);
    expect(calls).toEqual(["pause"]);
    flow.free(two);
    flow.free(two);
    expect(calls).toEqual(["pause", "resume"]);
  });

  it("gives up on a client that takes nothing, later on one with more to take", () => {
    const flow = new Flow(1_000, () => undefined, () => undefined);
    const [small, large] = [outlet(), outlet(16 * 1024)];
    flow.full(small, 0);
    flow.full(large, 0);
    expect(flow.stalled(999)).toEqual([]);
    expect(flow.stalled(1_000)).toEqual([small]);
    expect(flow.stalled(2_000)).toEqual([small, large]);
  });
});

describe("backlog", () => {
  it("keeps so many messages and bytes and no more, in order, once, as copies", () => {
    const backlog = new Backlog({ messages: 2, bytes: 5 });
    const first = Buffer.from("abc");
    expect([backlog.add(first), backlog.add(Buffer.from("xyz")), backlog.add(Buffer.from("de")), backlog.add(Buffer.from(""))]).toEqual([true, false, true, false]);
    first.fill("!");
    expect(backlog.takeAll().map(String)).toEqual(["abc", "de"]);
    expect(backlog.takeAll()).toEqual([]);
    expect(backlog.add(Buffer.from("12345"))).toBe(true);
  });
});
