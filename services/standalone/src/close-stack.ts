/** What was opened, to be closed in reverse: once, all of it, whatever one of them says. */
export interface CloseStack {
  add(close: () => void | Promise<void>): void;
  /** Closes everything; rejects at the end with the first failure. Twice is safe. */
  close(): Promise<void>;
}

export const createCloseStack = (): CloseStack => {
  const open: (() => void | Promise<void>)[] = [];
  return {
    add: (close) => void open.push(close),
    close: async () => {
      const failures: unknown[] = [];
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        try {
          await next();
        } catch (cause) {
          failures.push(cause);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
};
