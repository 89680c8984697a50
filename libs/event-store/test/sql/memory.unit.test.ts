import { openSqliteStore } from "../../src/sql/sqlite.ts";
import { eventStoreContract } from "../../src/testing/event-store.contract.ts";

eventStoreContract(
  "SQLite in memory",
  () => Promise.resolve({ open: (options) => openSqliteStore({ ...options, file: ":memory:" }), remove: () => Promise.resolve() }),
  { keeps: false },
);
