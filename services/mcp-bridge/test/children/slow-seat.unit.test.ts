import { describe, expect, it } from "vitest";
import { type AtTable, setTable } from "../fixtures/shared-table.ts";

const news = `{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"pad":"${"x".repeat(600)}"}}`;
const limits = { seatBytes: 2_000, seatStallMs: 5_000 };

/** A table with a session whose client takes one message each time it takes any. */
const withSlow = (onePerson = false) => {
  const table = setTable(limits, onePerson);
  const slow: AtTable = table.sit("slow", () => slow.seat.pause());
  table.introduce();
  const overflow = (): void => {
    for (let said = 0; said < 6; said += 1) table.say(news);
  };
  const waitMs = (ms: number): void => {
    table.clock.advance(ms);
    table.child.sweep(table.clock.now());
  };
  return { table, slow, overflow, waitMs };
};

describe("C24: a session at a shared process whose client does not keep up", () => {
  it("has no more patience for taking a little each time than for taking nothing", () => {
    const { table, slow, overflow, waitMs } = withSlow();
    const other = table.sit("other");
    overflow();
    expect(table.paused).toBe(true);
    for (let second = 1; second <= 4; second += 1) {
      waitMs(1_000);
      slow.seat.resume();
      overflow();
      expect([second, slow.ends]).toEqual([second, []]);
    }
    waitMs(1_000);
    expect(slow.ends).toEqual(["stalled"]);
    expect([table.paused, other.ends]).toEqual([false, []]);
  });

  it("is not hurried while it is alone: it holds up nobody", () => {
    const { slow, overflow, waitMs } = withSlow();
    overflow();
    waitMs(60_000);
    expect(slow.ends).toEqual([]);
  });

  it("is hurried as soon as somebody comes", () => {
    const { table, slow, overflow, waitMs } = withSlow();
    overflow();
    waitMs(60_000);
    table.sit("other");
    waitMs(1_000);
    expect(slow.ends).toEqual([]);
    waitMs(5_000);
    expect(slow.ends).toEqual(["stalled"]);
  });

  it("is hurried among one person's own sessions only while another of them waits for something", () => {
    const { table, slow, overflow, waitMs } = withSlow(true);
    const other = table.sit("slow");
    overflow();
    waitMs(60_000);
    expect(slow.ends).toEqual([]);
    other.send('{"jsonrpc":"2.0","id":1,"method":"x"}');
    waitMs(1);
    waitMs(5_000);
    expect(slow.ends).toEqual(["stalled"]);
  });

  it("has no new patience as another session of the same person, as long as there are others", () => {
    const { table, slow, overflow, waitMs } = withSlow();
    const other = table.sit("other");
    overflow();
    waitMs(5_000);
    expect(slow.ends).toEqual(["stalled"]);
    const again: AtTable = table.sit("slow", () => again.seat.pause());
    overflow();
    waitMs(1);
    expect([again.ends, table.paused, other.ends]).toEqual([["stalled"], false, []]);
    waitMs(60_000);
    const later: AtTable = table.sit("slow", () => later.seat.pause());
    overflow();
    waitMs(4_999);
    expect(later.ends).toEqual([]);
  });

  it("has its patience back after a while in which it kept up", () => {
    const { table, slow, overflow, waitMs } = withSlow();
    table.sit("other");
    overflow();
    waitMs(4_000);
    while (table.paused) slow.seat.resume();
    waitMs(40_000);
    overflow();
    waitMs(4_999);
    expect(slow.ends).toEqual([]);
    waitMs(1);
    expect(slow.ends).toEqual(["stalled"]);
  });
});
