import type { StoreDefinition } from "@mcp-auth-proxy/event-store";
import { keyringDecider } from "./domain/keyring.ts";
import { custodyMigration } from "./migrations/0001-custody.ts";

/** What the vault keeps: the keyring's history and the wrapped keys. It has no read models. */
export const tokenVaultStore: StoreDefinition = {
  name: "vault",
  migrations: [custodyMigration],
  projections: [],
  deciders: [keyringDecider],
};
