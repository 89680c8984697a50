import type { Clock } from "@mcp-auth-proxy/contracts";
import type { EventStore, StoredEvent } from "./port.ts";
import { readCheckpoint, writeCheckpoint } from "./sql/checkpoints.ts";

const longestPauseMs = 5_000;

export interface Processor {
  start(): void;
  /** Resolves when the batch in hand is done or has failed. Twice is safe. */
  stop(): Promise<void>;
}

/**
 * Hands the log to `handle`, oldest first, in batches, from where it got to last time. At least once: a batch
 * that throws, or a crash before the checkpoint is written, brings the batch again, so `handle` must know by
 * event id what it has done. Woken by commits of this process and by a poll, which sees those of others.
 * `signal` aborts when the processor is stopped.
 */
export const createProcessor = (options: {
  readonly store: EventStore;
  /** Names the checkpoint: one processor a name. */
  readonly name: string;
  readonly clock: Clock;
  readonly pollMs?: number;
  readonly batchSize?: number;
  readonly handle: (events: readonly StoredEvent[], signal: AbortSignal) => Promise<void>;
  /** Told of each failure; the batch is tried again after a pause that doubles up to 5 s. */
  readonly onError?: (error: unknown) => void;
}): Processor => {
  const { store, name, clock, pollMs = 100, batchSize = 100 } = options;
  let running: { readonly controller: AbortController; readonly wake: () => void; readonly done: Promise<void> } | undefined;

  const step = async (signal: AbortSignal): Promise<boolean> => {
    const after = await readCheckpoint(store, name);
    const page = await store.readFeed(after, batchSize);
    if (page.events.length > 0) await options.handle(page.events, signal);
    if (page.next.position !== after.position || page.next.logEpoch !== after.logEpoch) await writeCheckpoint(store, name, page.next, clock.now());
    return page.end;
  };

  const run = async (signal: AbortSignal, pause: (ms: number) => Promise<void>): Promise<void> => {
    let failures = 0;
    while (!signal.aborted) {
      try {
        const end = await step(signal);
        failures = 0;
        if (end) await pause(pollMs);
      } catch (error) {
        failures += 1;
        if (!signal.aborted) options.onError?.(error);
        await pause(Math.min(pollMs * 2 ** failures, longestPauseMs));
      }
    }
  };

  const start = (): void => {
    if (running !== undefined) return;
    const controller = new AbortController();
    const { signal } = controller;
    let woken = false;
    let endPause: (() => void) | undefined;
    const wake = (): void => {
      woken = true;
      endPause?.();
    };
    const pause = async (ms: number): Promise<void> => {
      // A commit while the last page was read is in no page yet.
      if (!woken && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          timer.unref();
          endPause = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      woken = false;
      endPause = undefined;
    };
    const unsubscribe = store.onCommitted(wake);
    running = { controller, wake, done: run(signal, pause).finally(unsubscribe) };
  };

  const stop = async (): Promise<void> => {
    running?.controller.abort();
    running?.wake();
    await running?.done;
    running = undefined;
  };

  return { start, stop };
};
