/** What went wrong in one or several steps, as one fault. */
const throwAll = (faults: readonly unknown[]): void => {
  if (faults.length === 0) return;
  throw faults.length === 1 ? faults[0] : new AggregateError(faults, "several steps failed");
};

/** Takes one step after the other, whatever becomes of the ones before; rejects in the end with what went wrong. */
export const inTurn = async (steps: readonly (() => void | Promise<void>)[]): Promise<void> => {
  const faults: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (fault) {
      faults.push(fault);
    }
  }
  throwAll(faults);
};

/** Waits for all, whatever becomes of any; rejects in the end with what went wrong. */
export const together = async (endings: readonly Promise<void>[]): Promise<void> => {
  const settled = await Promise.allSettled(endings);
  throwAll(settled.flatMap((one): readonly unknown[] => (one.status === "rejected" ? [one.reason] : [])));
};
