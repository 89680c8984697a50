import type { Clock } from "@mcp-auth-proxy/contracts";
import { archiveEnded, type EventStore } from "@mcp-auth-proxy/event-store";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { AuthLimits } from "./config.ts";
import { sweepExpired } from "./pending/sweep.ts";
import { sweepEnded } from "./read-models/ended.ts";
import { repeatEvery, type Repeating } from "./repeating.ts";
import { authStore } from "./store.ts";

const sweepMs = 60_000;
/** Short, so that a gateway that is restarted every hour archives too. */
const archiveMs = 600_000;

/** Keeps what lies around bounded: rows that count no more go each minute, and every ten minutes streams that have ended leave the log that is read all the time. */
export const startRetention = (parts: {
  readonly store: EventStore;
  readonly limits: Pick<AuthLimits, "archiveAfterMs">;
  readonly clock: Clock;
  readonly log: Log;
}): readonly Repeating[] => {
  const { store, limits, clock, log } = parts;
  const ending = new AbortController();
  const told = (message: string) => (error: unknown) => log.error({ err: error }, message);
  const sweep = async (): Promise<void> => {
    await sweepExpired(store, clock.now());
    await sweepEnded(store, clock.now());
  };
  const archive = async (): Promise<void> => {
    const moved = await archiveEnded({ store, deciders: authStore.deciders, now: clock.now(), quietForMs: limits.archiveAfterMs, signal: ending.signal });
    if (moved > 0) log.info({ events: moved }, "streams that have ended were moved to the archive");
  };
  const archiving = repeatEvery(archiveMs, archive, told("streams that have ended were not archived"));
  return [
    repeatEvery(sweepMs, sweep, told("rows that count no more were not swept")),
    {
      stop: () => {
        ending.abort();
        return archiving.stop();
      },
    },
  ];
};
