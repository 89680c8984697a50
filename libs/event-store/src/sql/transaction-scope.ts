import { AsyncLocalStorage } from "node:async_hooks";
import { AppError } from "@mcp-auth-proxy/contracts";

/**
 * Knows whether the running code is inside one of the store's transactions. There is one connection: asking the
 * store, instead of the transaction, from inside would wait for the transaction to end, that is forever.
 */
export interface TransactionScope {
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Throws AppError `internal` inside a transaction that is still open. */
  checkOutside(): void;
}

export const createTransactionScope = (store: string): TransactionScope => {
  const storage = new AsyncLocalStorage<{ open: boolean }>();
  return {
    run: (work) => {
      // Work that is started inside and goes on after the end is outside again.
      const mark = { open: true };
      return storage.run(mark, async () => {
        try {
          return await work();
        } finally {
          mark.open = false;
        }
      });
    },
    checkOutside: () => {
      if (storage.getStore()?.open === true) throw new AppError("internal", `inside a transaction of ${store} use the transaction, not the store`);
    },
  };
};
