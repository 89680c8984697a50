import { setTimeout as pause } from "node:timers/promises";

export interface WaitOptions {
  /** How long to try before giving up. A limit against hanging, never an assertion about speed. */
  readonly limitMs?: number;
  readonly everyMs?: number;
}

/** Resolves with the first answer of `check` that is not undefined or false; fails naming what was awaited. */
export async function waitFor<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  { limitMs = 15_000, everyMs = 20 }: WaitOptions = {},
): Promise<T> {
  const endAt = Date.now() + limitMs;
  for (;;) {
    const answer = await check();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > endAt) throw new Error(`gave up after ${limitMs} ms waiting for ${what}`);
    await pause(everyMs);
  }
}
