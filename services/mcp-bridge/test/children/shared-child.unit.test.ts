import { describe, expect, it } from "vitest";
import { setTable } from "../fixtures/shared-table.ts";

const setUp = (limits = {}) => {
  const table = setTable(limits);
  return { ...table, ...table.sit("one") };
};

describe("a shared process", () => {
  it("that never introduces itself is given up, and its sessions with it", () => {
    const { clock, child, ends } = setUp({ initializeMs: 1_000 });
    child.sweep(clock.now());
    expect(ends).toEqual([]);
    clock.advance(1_000);
    child.sweep(clock.now());
    expect(ends).toEqual(["told-to"]);
  });

  it("that has introduced itself is not", () => {
    const { clock, child, ends, introduce } = setUp({ initializeMs: 1_000 });
    introduce();
    clock.advance(1_000);
    child.sweep(clock.now());
    expect(ends).toEqual([]);
  });

  it("has so many bytes waiting for its introduction and no more", () => {
    const { send } = setUp({ stdinBytes: 200 });
    const message = (id: number): string => JSON.stringify({ jsonrpc: "2.0", id, method: "x", params: { pad: "y".repeat(80) } });
    expect([send(message(1)), send(message(2))]).toEqual([true, false]);
  });
});

describe("C06: what names a request in two ways", () => {
  it.each([
    ['{"_meta":{"progressToken":7},"_meta":{"progressToken":1}}', "the first may be the one that is read"],
    ['{"_meta":{"progressToken":1,"ProgressToken":7}}', "and a name in another case"],
    ['{"_meta":{"progressToken":1},"_Meta":{"progressToken":7}}', "on each level"],
  ])("%s does not reach the process (%s)", async (params) => {
    const { send, written, heard, introduce } = setUp();
    introduce();
    const before = written.length;
    send(`{"jsonrpc":"2.0","id":3,"method":"x","params":${params}}`);
    await Promise.resolve();
    expect(written.length).toBe(before);
    expect(heard).toEqual([expect.stringContaining('"id":3,"error":{"code":-32600')]);
  });

  it("cancels nothing", () => {
    const { send, written, introduce } = setUp();
    introduce();
    send('{"jsonrpc":"2.0","id":3,"method":"x"}');
    const before = written.length;
    send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3,"RequestId":1}}');
    expect(written.length).toBe(before);
    send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}}');
    expect(written.length).toBe(before + 1);
  });
});
