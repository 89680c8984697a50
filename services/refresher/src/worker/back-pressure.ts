import type { Clock } from "@mcp-auth-proxy/contracts";

/** Keeps us from being a burden to a provider that is in trouble. In memory: a replica that starts finds out for itself. */
export interface BackPressure {
  /** Takes a place at a provider, and says how to give it back; undefined when there is none now, or the provider pauses. Giving it back twice is safe. */
  enter(provider: string): (() => void) | undefined;
  /** Whether there would be a place now. */
  hasRoom(provider: string): boolean;
  /** Until when nothing is sent there; undefined: now. */
  pausedUntil(provider: string): number | undefined;
  /** It answered 429 or 5xx, or not at all. */
  troubled(provider: string, retryAfterAt: number | undefined): void;
  /** It answered like somebody who is well. */
  well(provider: string): void;
}

/** So many failures in a row, whosever tokens they were, and everybody's attempts pause. */
const failuresToPause = 5;
const firstPauseMs = 5_000;
const maxPauseMs = 300_000;

interface Condition {
  inside: number;
  failures: number;
  pausedUntil: number;
}

export const createBackPressure = (limits: { readonly attemptsAtOnce: number; readonly attemptsPerProvider: number }, clock: Clock): BackPressure => {
  const conditions = new Map<string, Condition>();
  let inside = 0;

  const of = (provider: string): Condition => {
    const known = conditions.get(provider) ?? { inside: 0, failures: 0, pausedUntil: 0 };
    conditions.set(provider, known);
    return known;
  };

  const pausedUntil = (provider: string): number | undefined => {
    const until = conditions.get(provider)?.pausedUntil ?? 0;
    return until > clock.now() ? until : undefined;
  };

  const hasRoom = (provider: string): boolean => {
    const condition = of(provider);
    // After a pause one goes ahead: the others follow when it came back well.
    const most = condition.failures >= failuresToPause ? 1 : limits.attemptsPerProvider;
    return pausedUntil(provider) === undefined && inside < limits.attemptsAtOnce && condition.inside < most;
  };

  return {
    pausedUntil,
    hasRoom,
    enter: (provider) => {
      if (!hasRoom(provider)) return undefined;
      const condition = of(provider);
      inside += 1;
      condition.inside += 1;
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        inside -= 1;
        condition.inside -= 1;
      };
    },
    troubled: (provider, retryAfterAt) => {
      const condition = of(provider);
      condition.failures += 1;
      const beyond = condition.failures - failuresToPause;
      const own = beyond < 0 ? 0 : clock.now() + Math.min(firstPauseMs * 2 ** Math.min(beyond, 10), maxPauseMs);
      const asked = retryAfterAt === undefined ? 0 : Math.min(retryAfterAt, clock.now() + maxPauseMs);
      condition.pausedUntil = Math.max(condition.pausedUntil, own, asked);
    },
    well: (provider) => {
      const condition = of(provider);
      condition.failures = 0;
      condition.pausedUntil = 0;
    },
  };
};
