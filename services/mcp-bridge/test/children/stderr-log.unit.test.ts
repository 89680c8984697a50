import { createFakeClock } from "@mcp-auth-proxy/testing";
import { createLog } from "@mcp-auth-proxy/telemetry";
import { describe, expect, it } from "vitest";
import { createStderrLog } from "../../src/children/stderr-log.ts";

const start = (linesPerSecond: number) => {
  const entries: Record<string, unknown>[] = [];
  const clock = createFakeClock();
  const log = createLog({ level: "debug", format: "json", destination: { write: (line) => entries.push(JSON.parse(line) as Record<string, unknown>) } });
  return { entries, clock, splitter: createStderrLog(log, clock, linesPerSecond) };
};

describe("stderr of a child", () => {
  it("is logged line by line, without secrets and control characters", () => {
    const { entries, splitter } = start(10);
    splitter.push(Buffer.from("one\n\n\u001b[2Jtwo\nBearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl\n"));
    expect(entries.map(({ line }) => line)).toEqual(["one", " [2Jtwo", expect.not.stringContaining("eyJ")]);
  });

  it("over the rate is left out and counted", () => {
    const { entries, clock, splitter } = start(2);
    splitter.push(Buffer.from("a\nb\nc\nd\n"));
    clock.advance(1000);
    splitter.push(Buffer.from("e\n"));
    expect(entries.map(({ line, suppressed }) => line ?? suppressed)).toEqual(["a", "b", 2, "e"]);
  });

  it("in one endless line holds no memory and does not silence what follows", () => {
    const { entries, clock, splitter } = start(10);
    splitter.push(Buffer.from("x".repeat(20_000)));
    splitter.push(Buffer.from("rest\nnext\n"));
    clock.advance(1000);
    splitter.push(Buffer.from("later\n"));
    expect(entries.map(({ line, suppressed }) => line ?? suppressed)).toEqual([1, "rest", "next", "later"]);
  });
});
