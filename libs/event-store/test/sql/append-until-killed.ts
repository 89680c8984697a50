// Appends to one stream until it is killed, and prints each version once the store has acknowledged it.
import { writeSync } from "node:fs";
import { createCommandHandler } from "../../src/command-handler.ts";
import { openSqliteStore } from "../../src/sql/sqlite.ts";
import { meta } from "../../src/testing/meta.ts";
import { account, ledger } from "../../src/testing/ledger.ts";

const [file = ""] = process.argv.slice(2);
const clock = { now: () => Date.now() };
const store = await openSqliteStore({ definition: ledger, file, clock });
const handle = createCommandHandler({ store, clock });

for (let count = 0; ; count += 1) {
  const done = await handle({ commandId: `${process.pid}-${count}`, name: "pay-in", meta }, async (unit) => {
    const paid = await unit.execute(account, "a", { kind: "pay-in", amount: 1 });
    await unit.execute(account, "b", { kind: "pay-in", amount: 1 });
    return paid.ok ? paid.value.events.map((event) => event.streamVersion) : [];
  });
  // Straight to the descriptor: what is in a stream's buffer when the kill comes would look unacknowledged.
  writeSync(1, `${done.join()}\n`);
}
