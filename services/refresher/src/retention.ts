import type { Clock } from "@mcp-auth-proxy/contracts";
import { archiveEnded, sweepOutcomes, type EventStore } from "@mcp-auth-proxy/event-store";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { RefresherLimits } from "./config.ts";
import { repeatEvery, type Repeating } from "./repeating.ts";
import { refresherStore } from "./store.ts";

const sweepMs = 60_000;
/** Short, so that a gateway that is restarted every hour archives too. */
const archiveMs = 600_000;

/** Keeps what lies around bounded: streams of credentials that were deleted or broken for long leave the log that is read all the time. */
export const startRetention = (parts: {
  readonly store: EventStore;
  readonly limits: Pick<RefresherLimits, "archiveAfterMs">;
  readonly clock: Clock;
  readonly log: Log;
}): readonly Repeating[] => {
  const { store, limits, clock, log } = parts;
  const ending = new AbortController();
  const told = (message: string) => (error: unknown) => log.error({ err: error }, message);
  const archive = async (): Promise<void> => {
    await archiveEnded({ store, deciders: refresherStore.deciders, now: clock.now(), quietForMs: limits.archiveAfterMs, signal: ending.signal });
  };
  const archiving = repeatEvery(archiveMs, archive, told("streams that have ended were not archived"));
  return [
    repeatEvery(sweepMs, () => sweepOutcomes(store, clock.now()), told("rows that count no more were not swept")),
    {
      stop: () => {
        ending.abort();
        return archiving.stop();
      },
    },
  ];
};
