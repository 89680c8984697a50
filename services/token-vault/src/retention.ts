import type { Revocations } from "@mcp-auth-proxy/access-token";
import type { Clock } from "@mcp-auth-proxy/contracts";
import { sweepOutcomes, type EventStore } from "@mcp-auth-proxy/event-store";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { sweepAttempts } from "./claims/refresh-leases.ts";
import type { Ciphertexts } from "./custody/ciphertexts.ts";
import { repeatEvery, type Repeating } from "./repeating.ts";

const sweepMs = 60_000;
const leftoversMs = 600_000;

/** Keeps what lies around bounded: rows that count no more go each minute, every ten minutes what cut-off writes left behind. */
export const startRetention = (parts: {
  readonly store: EventStore;
  readonly ciphertexts: Ciphertexts;
  readonly revocations: Revocations;
  readonly clock: Clock;
  readonly log: Log;
}): readonly Repeating[] => {
  const { store, ciphertexts, revocations, clock, log } = parts;
  const told = (message: string) => (error: unknown) => log.error({ err: error }, message);
  const sweep = async (): Promise<void> => {
    revocations.sweep(clock.now());
    await store.transact(({ sql }) => sweepAttempts(sql, clock.now()));
    await sweepOutcomes(store, clock.now());
  };
  return [
    repeatEvery(sweepMs, sweep, told("rows that count no more were not swept")),
    repeatEvery(leftoversMs, () => ciphertexts.sweep(clock.now()), told("ciphertexts that count no more were not swept")),
  ];
};
