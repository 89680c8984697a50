// Moves wrapped keys to a new key of the operator's, and prints a line for each batch once it is committed.
import { writeSync } from "node:fs";
import { Keyring } from "@mcp-auth-proxy/crypto";
import { openSqliteStore, type EventStore } from "@mcp-auth-proxy/event-store";
import { rewrap } from "../../src/custody/rewrap.ts";
import { tokenVaultStore } from "../../src/index.ts";

const [file = "", keys = ""] = process.argv.slice(2);
const store = await openSqliteStore({ definition: tokenVaultStore, file, clock: { now: () => Date.now() } });
const telling: Pick<EventStore, "transact"> = {
  transact: async (work) => {
    const outcome = await store.transact(work);
    writeSync(1, "batch\n");
    return outcome;
  },
};
await rewrap(telling, Keyring.parse(keys), Date.now());
