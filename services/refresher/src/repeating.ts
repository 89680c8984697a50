/** Work that repeats until it is stopped. */
export interface Repeating {
  /** Resolves when the run under way has ended. Twice is safe. */
  stop(): Promise<void>;
}

/** Runs `work` every `intervalMs`, never twice at a time. A run that fails is told, and the next one comes all the same. */
export const repeatEvery = (intervalMs: number, work: () => Promise<void>, onError: (error: unknown) => void): Repeating => {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= work()
      .catch(onError)
      .finally(() => {
        running = undefined;
      });
  }, intervalMs);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
};
