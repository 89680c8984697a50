import type { EventStore } from "../port.ts";

/** The same store, and how many events its transactions have read from streams since the last look. */
export interface CountedReads {
  readonly store: EventStore;
  take(): number;
}

export const countReads = (store: EventStore): CountedReads => {
  let count = 0;
  return {
    take: () => {
      const taken = count;
      count = 0;
      return taken;
    },
    store: {
      logEpoch: store.logEpoch,
      shared: store.shared,
      get sql() {
        return store.sql;
      },
      transact: (work) =>
        store.transact((transaction) =>
          work({
            ...transaction,
            read: async (streamId, fromVersion) => {
              const events = await transaction.read(streamId, fromVersion);
              count += events.length;
              return events;
            },
          }),
        ),
      readFeed: (after, limit) => store.readFeed(after, limit),
      head: () => store.head(),
      onCommitted: (listener) => store.onCommitted(listener),
      rebuild: () => store.rebuild(),
      close: () => store.close(),
    },
  };
};
