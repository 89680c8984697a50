import type { EventStore } from "@mcp-auth-proxy/event-store";
import type { StoreFixture } from "./credential-store.contract.ts";

/** Every row of every table. */
export const dumpTables = async ({ sql }: Pick<EventStore, "sql">): Promise<string> => {
  const lines: string[] = [];
  for (const { name } of await sql.introspection.getTables()) {
    // Only reading and its checkpoint move while nothing happens.
    if (name === "es_checkpoints" || name === "es_leases") continue;
    for (const row of await sql.selectFrom(name).selectAll().execute()) lines.push(`${name} ${JSON.stringify(row)}`);
  }
  return lines.toSorted((one, other) => (one < other ? -1 : 1)).join("\n");
};

/** How ciphertexts are tampered with where they are beside their events. */
export const sqlTampering: Pick<StoreFixture, "dump" | "swap" | "lose"> = {
  dump: dumpTables,
  swap: (store, one, other) =>
    store.transact(async ({ sql }) => {
      const table = "cx_ciphertexts";
      for (const [from, to] of [
        [one, "aside"],
        [other, one],
        ["aside", other],
      ]) await sql.updateTable(table).set({ credential_id: to }).where("credential_id", "=", from).execute();
    }),
  lose: async (store, credentialId) => {
    await store.transact(({ sql }) => sql.deleteFrom("cx_ciphertexts").where("credential_id", "=", credentialId).execute());
  },
};
