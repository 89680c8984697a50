import type { EventStore } from "./port.ts";
import type { PostgresStoreOptions } from "./sql/postgres.ts";
import type { ReachOptions } from "./sql/postgres-database.ts";

// The driver is loaded when it is first asked for: the embedded default starts, and stays as small, without it.

export type { PostgresStoreOptions, ReachOptions };

/** As in sql/postgres.ts. */
export const openPostgresStore = async (options: PostgresStoreOptions): Promise<EventStore> => (await import("./sql/postgres.ts")).openPostgresStore(options);

/** As in sql/postgres-database.ts. */
export const reachDatabase = async (options: ReachOptions): Promise<void> => (await import("./sql/postgres-database.ts")).reachDatabase(options);
