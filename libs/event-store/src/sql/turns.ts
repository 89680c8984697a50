/** Lets one piece of work run at a time, in the order in which they came. */
export interface Turns {
  take<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * The database would keep them apart, too; but each that waits there holds a connection, and reads outside of
 * transactions would wait for one.
 */
export const createTurns = (): Turns => {
  let last: Promise<unknown> = Promise.resolve();
  return {
    take: (work) => {
      const run = last.then(work);
      last = run.catch(() => undefined);
      return run;
    },
  };
};
