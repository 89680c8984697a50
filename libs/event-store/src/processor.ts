import type { Clock } from "@mcp-auth-proxy/contracts";
import { ConcurrencyError } from "./concurrency-error.ts";
import type { EventStore, FeedPosition, StoredEvent } from "./port.ts";
import { readCheckpoint, writeCheckpoint } from "./sql/checkpoints.ts";
import { createTenure } from "./tenure.ts";

const longestPauseMs = 5_000;
/** How often a processor looks for what other processes have committed; where there are none, for what it may have missed. */
const sharedPollMs = 100;
const ownPollMs = 5_000;
/** Before a batch that failed is tried again, at first. */
const retryMs = 100;
/** How long a processor that is not the active one sleeps before it looks again. */
const standbyMs = 1_000;

export interface Processor {
  start(): void;
  /** Resolves when the batch in hand is done or has failed. Twice is safe. */
  stop(): Promise<void>;
}

/**
 * Hands the log to `handle`, oldest first, in batches, from where it got to last time. At least once: a batch
 * that throws, or a crash before the checkpoint is written, brings the batch again, so `handle` must know by
 * event id what it has done. Woken by commits of this process and by a poll, which sees those of others.
 * Of the processors of one name, on one database, one is active: it holds a lease, and another takes over when it is given
 * back or has run out.
 * `signal` aborts when the processor is stopped.
 */
export const createProcessor = (options: {
  readonly store: EventStore;
  /** Names the checkpoint: one processor a name. */
  readonly name: string;
  readonly clock: Clock;
  /** Default: 100 ms on a database that others write to, too, else 5 s. */
  readonly pollMs?: number;
  readonly batchSize?: number;
  readonly handle: (events: readonly StoredEvent[], signal: AbortSignal) => Promise<void>;
  /** Told of each failure; the batch is tried again after a pause that doubles up to 5 s. */
  readonly onError?: (error: unknown) => void;
}): Processor => {
  const { store, name, clock, batchSize = 100 } = options;
  const { pollMs = store.shared ? sharedPollMs : ownPollMs } = options;
  let running: { readonly controller: AbortController; readonly wake: () => void; readonly done: Promise<void> } | undefined;

  const tenure = createTenure({ store, name: `processor ${name}` });

  /** Only by the active one: another may have gone on from the old checkpoint already. */
  const goOnFrom = (place: FeedPosition): Promise<void> =>
    store.transact(async (transaction) => {
      if (!(await tenure.isHeldIn(transaction))) throw new ConcurrencyError(`processor ${name} is not the active one any more`);
      await writeCheckpoint(transaction, name, place, clock.now());
    });

  const step = async (signal: AbortSignal): Promise<boolean> => {
    const after = await readCheckpoint(store, name);
    const page = await store.readFeed(after, batchSize);
    if (page.events.length > 0) await options.handle(page.events, signal);
    if (page.next.position !== after.position || page.next.logEpoch !== after.logEpoch) await goOnFrom(page.next);
    return page.end;
  };

  const run = async (signal: AbortSignal, pause: (ms: number) => Promise<void>): Promise<void> => {
    let failures = 0;
    while (!signal.aborted) {
      try {
        const isActive = await tenure.hold();
        const end = !isActive || (await step(signal));
        failures = 0;
        if (end) await pause(isActive ? pollMs : standbyMs);
      } catch (error) {
        failures += 1;
        if (!signal.aborted) options.onError?.(error);
        await pause(Math.min(Math.min(pollMs, retryMs) * 2 ** failures, longestPauseMs));
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
    // One that can not be given back runs out.
    await tenure.leave().catch((error: unknown) => options.onError?.(error));
  };

  return { start, stop };
};
