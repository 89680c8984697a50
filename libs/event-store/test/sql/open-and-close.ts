// Opens the store in a process of its own, as a second start would.
import { openSqliteStore } from "../../src/sql/sqlite.ts";
import { ledger } from "../../src/testing/ledger.ts";

const [file = ""] = process.argv.slice(2);
const store = await openSqliteStore({ definition: ledger, file, clock: { now: () => Date.now() } });
await store.close();
