import type { StoreDefinition } from "@mcp-auth-proxy/event-store";
import { credentialDecider } from "./domain/credential.ts";
import { keyringDecider } from "./domain/keyring.ts";
import { custodyMigration } from "./migrations/0001-custody.ts";
import { credentialsMigration } from "./migrations/0002-credentials.ts";
import { credentialsProjection } from "./read-models/credentials.ts";

/** What the vault keeps: the keyring's history, credentials, the wrapped keys, and the ciphertexts unless they are elsewhere. */
export const tokenVaultStore: StoreDefinition = {
  name: "vault",
  migrations: [custodyMigration, credentialsMigration],
  projections: [credentialsProjection],
  deciders: [keyringDecider, credentialDecider],
};
