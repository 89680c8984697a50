import { AppError } from "@mcp-auth-proxy/contracts";

/** Runs work when it is its turn. Throws AppError `limit_exceeded` at once when too many wait already. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

/** Bounds what runs at the same time: a password hash costs memory and time on purpose, and anyone may ask for one. */
export const createTurns = (limits: { readonly atOnce: number; readonly waiting: number }): Turns => {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= limits.atOnce) {
      if (waiting.length >= limits.waiting) throw new AppError("limit_exceeded", "too many passwords are being checked");
      // Whoever ends hands the place on without freeing it: nobody slips in between.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
};
