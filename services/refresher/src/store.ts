import type { StoreDefinition } from "@mcp-auth-proxy/event-store";
import { attemptDecider } from "./domain/attempt.ts";
import { tables } from "./migrations/0001-tables.ts";
import { dueProjection } from "./projections/due.ts";
import { rotationProjection } from "./projections/rotation.ts";

/** What the refresher keeps: the refreshes of each credential, and the tables of docs/storage-schema.md. */
export const refresherStore: StoreDefinition = {
  name: "refresher",
  migrations: [tables],
  projections: [dueProjection, rotationProjection],
  deciders: [attemptDecider],
};
