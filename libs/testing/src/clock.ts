import type { Clock } from "@mcp-auth-proxy/contracts";

/** A clock that only moves when the test moves it. Times are epoch milliseconds. */
export interface FakeClock extends Clock {
  advance(byMs: number): void;
  set(atMs: number): void;
}

export function createFakeClock(startAt = Date.UTC(2026, 0, 1)): FakeClock {
  let at = startAt;
  return {
    now: () => at,
    advance: (byMs) => {
      at += byMs;
    },
    set: (atMs) => {
      at = atMs;
    },
  };
}
