import type { Clock } from "@mcp-auth-proxy/contracts";

export type StopSignal = "SIGINT" | "SIGTERM";

/** One press of Ctrl-C can arrive twice: the terminal tells the whole group, and npm passes it on as well. */
const samePressMs = 500;

const numbers: Readonly<Record<StopSignal, number>> = { SIGINT: 2, SIGTERM: 15 };

export interface StopWatch {
  /** The first signal; what to do with it. */
  readonly stopped: Promise<StopSignal>;
  readonly receive: (signal: StopSignal) => void;
}

/** The first signal asks for an orderly end; a second one, later than the same press, ends at once with 128 + its number. */
export const createStopWatch = (clock: Clock, endAtOnce: (exitCode: number) => void): StopWatch => {
  let firstAt: number | undefined;
  let resolveStopped: (signal: StopSignal) => void = () => undefined;
  const stopped = new Promise<StopSignal>((resolve) => {
    resolveStopped = resolve;
  });
  return {
    stopped,
    receive: (signal) => {
      const now = clock.now();
      if (firstAt === undefined) {
        firstAt = now;
        resolveStopped(signal);
      } else if (now - firstAt >= samePressMs) {
        endAtOnce(128 + numbers[signal]);
      }
    },
  };
};
