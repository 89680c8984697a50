import type { Revocations } from "@mcp-auth-proxy/access-token";
import type { Clock } from "@mcp-auth-proxy/contracts";
import type { BridgeLimits } from "./limits.ts";
import type { ModernRelays } from "./relay/modern/relays.ts";
import type { SessionDirectory } from "./sessions/directory.ts";
import type { HttpRelays } from "./upstream-http/http-relays.ts";

export interface SweeperOptions {
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  readonly directory: SessionDirectory;
  readonly relays: ModernRelays;
  readonly httpRelays: HttpRelays;
  readonly revocations: Revocations;
}

/** Looks at regular times for what is due. What is due is decided by the clock, never by how often this runs. */
export const startSweeper = ({ limits, clock, directory, relays, httpRelays, revocations }: SweeperOptions): { stop(): void } => {
  const sweep = setInterval(() => {
    // Streams that are open are requests, too: they may not outlive the knowledge of who is still allowed.
    if (!revocations.fresh) {
      directory.cutAll();
      relays.cutAll();
      httpRelays.cutAll();
    }
    const now = clock.now();
    directory.sweep(now);
    relays.sweep(now);
    httpRelays.sweep(now);
    revocations.sweep(now);
  }, limits.sweepMs);
  const keepAlive = setInterval(() => {
    directory.keepAlive();
    relays.keepAlive();
    httpRelays.keepAlive();
  }, limits.keepAliveMs);
  return {
    stop: () => {
      clearInterval(sweep);
      clearInterval(keepAlive);
    },
  };
};
