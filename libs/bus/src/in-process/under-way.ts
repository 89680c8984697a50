/** Counts handlers that run, so that stopping can wait for the last of them. */
export interface UnderWay {
  /** `run` must not reject: what a handler throws is dealt with before. */
  track(run: Promise<void>): void;
  size(): number;
  /** Resolves when nothing runs; at once if nothing does. */
  idle(): Promise<void>;
}

export const createUnderWay = (): UnderWay => {
  const running = new Set<Promise<void>>();
  return {
    track: (run) => {
      running.add(run);
      void run.finally(() => running.delete(run));
    },
    size: () => running.size,
    idle: async () => {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
};
