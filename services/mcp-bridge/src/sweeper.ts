import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Revocations } from "./auth/revocations.ts";
import type { BridgeLimits } from "./limits.ts";
import type { ModernRelays } from "./relay/modern/relays.ts";
import type { SessionDirectory } from "./sessions/directory.ts";

export interface SweeperOptions {
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  readonly directory: SessionDirectory;
  readonly relays: ModernRelays;
  readonly revocations: Revocations;
}

/** Looks at regular times for what is due. What is due is decided by the clock, never by how often this runs. */
export const startSweeper = ({ limits, clock, directory, relays, revocations }: SweeperOptions): { stop(): void } => {
  const sweep = setInterval(() => {
    // Streams that are open are requests, too: they may not outlive the knowledge of who is still allowed.
    if (!revocations.fresh) {
      directory.cutAll();
      relays.cutAll();
    }
    const now = clock.now();
    directory.sweep(now);
    relays.sweep(now);
    revocations.sweep(now);
  }, limits.sweepMs);
  const keepAlive = setInterval(() => {
    directory.keepAlive();
    relays.keepAlive();
  }, limits.keepAliveMs);
  return {
    stop: () => {
      clearInterval(sweep);
      clearInterval(keepAlive);
    },
  };
};
