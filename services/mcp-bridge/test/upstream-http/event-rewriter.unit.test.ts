import { describe, expect, it } from "vitest";
import { EventRewriter } from "../../src/upstream-http/event-rewriter.ts";

const seen: string[] = [];
const shout = (data: Buffer): Buffer => {
  seen.push(data.toString("utf8"));
  return Buffer.from(data.toString("utf8").toUpperCase());
};

const rewritten = (text: string, pieces: number, look = shout, most = 1_000): string | undefined => {
  seen.length = 0;
  const rewriter = new EventRewriter(most, look);
  const bytes = Buffer.from(text);
  const size = Math.ceil(bytes.length / pieces);
  let out = "";
  for (let at = 0; at < bytes.length; at += size) {
    const shown = rewriter.push(bytes.subarray(at, at + size));
    if (shown === undefined) return undefined;
    out += shown.toString("utf8");
  }
  return out;
};

describe("a stream of events that is looked at", () => {
  const cases: readonly [string, string, string][] = [
    ["one event", "event: message\ndata: a\n\n", "event: message\ndata: A\n\n"],
    ["one without a name", "data: a\n\n", "data: A\n\n"],
    ["one without the space", "data:a\nid:7\n\n", "id: 7\ndata: A\n\n"],
    ["several lines of data", "data: a\ndata: b\n\n", "data: A\ndata: B\n\n"],
    ["carriage returns", "data: a\r\rdata: b\r\r", "data: A\n\ndata: B\n\n"],
    ["both", "data: a\r\n\r\ndata: b\r\n\r\n", "data: A\n\ndata: B\n\n"],
    ["a byte order mark", "\uFEFFdata: a\n\n", "data: A\n\n"],
    ["comments", ": hello\n\n", ":\n\n"],
    ["a comment inside", ": hello\ndata: a\n\n", "data: A\n\n"],
    ["fields that nobody knows", "datum: x\ndata: a\n\n", "data: A\n\n"],
    ["another kind of event", "event: endpoint\ndata: /x\n\n", "event: endpoint\ndata: /x\n\n"],
    ["a priming event", "id: 3\nretry: 10\ndata: \n\n", "id: 3\nretry: 10\ndata: \n\n"],
    ["one that never ends", "data: a\n\ndata: b\n", "data: A\n\n"],
    ["characters of several bytes", "data: äöü€😀\n\n", "data: ÄÖÜ€😀\n\n"],
  ];
  it.each(cases)("is written anew: %s", (_, text, expected) => {
    for (const pieces of [1, 2, 3, 1_000]) expect(rewritten(text, pieces)).toBe(expected);
  });

  it("leaves out what may not go on", () => {
    expect(rewritten("data: a\n\ndata: b\n\n", 1, (data) => (data.equals(Buffer.from("a")) ? undefined : data) as Buffer)).toBe("data: b\n\n");
  });

  it("ends at an event that is larger than allowed, be it one line or many", () => {
    expect(rewritten(`data: ${"x".repeat(200)}`, 7, shout, 100)).toBeUndefined();
    expect(rewritten("data: x\n".repeat(50), 7, shout, 100)).toBeUndefined();
    expect(rewritten("data: x\n\n".repeat(50), 7, shout, 100)).toHaveLength(450);
  });

  const million = 1_000_000;
  const small: readonly [string, Buffer, number][] = [
    ["pieces of one byte", Buffer.from("d"), 1],
    ["lines of nothing", Buffer.from("data:\n".repeat(1_000)), 1_000],
  ];
  it.each(small)("holds a message of a million %s in no more memory than another of its size", (_, piece, each) => {
    const rewriter = new EventRewriter(16 * million, (data) => data);
    rewriter.push(Buffer.from("data: "));
    const before = process.memoryUsage().heapUsed;
    for (let sent = 0; sent < million; sent += each) rewriter.push(piece);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(48 * million);
    expect(rewriter.push(Buffer.from("\n\n"))?.length).toBeGreaterThan(million);
  });
});
