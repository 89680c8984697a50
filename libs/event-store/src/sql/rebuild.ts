import type { Kysely } from "kysely";
import type { KnownEvents, StoreDefinition } from "../definition.ts";
import type { Sql } from "../port.ts";
import { readEventRow } from "./event-row.ts";
import { rowsAfter } from "./log-rows.ts";
import { fencedFor } from "./projection-fence.ts";
import type { LogTables } from "./tables.ts";

const batchSize = 500;

/**
 * Empties every inline read model and applies the whole log again; drops every snapshot, so that nothing is left
 * which does not come from the log. The caller's transaction makes it all or nothing.
 */
export const rebuildReadModels = async (sql: Sql, definition: StoreDefinition, known: KnownEvents): Promise<void> => {
  for (const table of definition.projections.flatMap((projection) => projection.tables)) await sql.deleteFrom(table).execute();
  const log: Kysely<LogTables> = sql;
  await log.deleteFrom("es_snapshots").execute();
  let position = 0;
  for (;;) {
    const rows = await rowsAfter(log, position, batchSize);
    for (const row of rows) {
      const event = readEventRow(row, known);
      for (const projection of definition.projections) await projection.apply(event, fencedFor(projection, sql));
      position = event.position;
    }
    if (rows.length < batchSize) return;
  }
};
