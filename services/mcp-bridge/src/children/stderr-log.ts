import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { createLineSplitter, type LineSplitter } from "./line-splitter.ts";

const lineBytes = 8 * 1024;

/**
 * What a child writes to stderr is free text and no sign of failure (MCP 2025-11-25, stdio). It goes into the log,
 * one line an entry, at most so many a second: a child that floods it must not take the log from the others.
 * Secrets are masked by the log itself.
 */
export const createStderrLog = (log: Log, clock: Clock, linesPerSecond: number): LineSplitter => {
  let second = -1;
  let lines = 0;
  let suppressed = 0;

  const write = (line: Buffer): void => {
    if (line.length === 0) return;
    const now = Math.floor(clock.now() / 1000);
    if (now !== second) {
      if (suppressed > 0) log.warn({ suppressed }, "lines of a child's stderr were left out");
      second = now;
      lines = 0;
      suppressed = 0;
    }
    lines += 1;
    if (lines > linesPerSecond) suppressed += 1;
    // Control characters would let a child paint over an operator's terminal.
    else log.info({ line: line.toString("utf8").replaceAll(/\p{Cc}/gu, " ") }, "child stderr");
  };

  const fresh = (): LineSplitter =>
    createLineSplitter(lineBytes, write, () => {
      suppressed += 1;
      // The rest of the long line counts as the next one: nothing has to be held for it.
      splitter = fresh();
    });
  let splitter = fresh();
  return { push: (chunk) => splitter.push(chunk) };
};
