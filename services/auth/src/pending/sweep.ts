import { sweepOutcomes, type EventStore } from "@mcp-auth-proxy/event-store";
import type { AuthSql } from "../read-models/tables.ts";

const expiring = ["tt_authorizations", "tt_open_codes", "tt_upstream_visits", "tt_registrations", "tt_lockouts", "tt_used_assertions", "tt_sessions", "tt_known_browsers", "cx_consents", "cx_refresh_links"] as const;

/** Forgets what has expired. Everything that reads these rows checks their expiry itself: this only gives the space back. */
export const sweepExpired = async (store: EventStore, now: number): Promise<void> => {
  await store.transact(async (transaction) => {
    const sql: AuthSql = transaction.sql;
    for (const table of expiring) await sql.deleteFrom(table).where("expires_at", "<=", now).execute();
  });
  await sweepOutcomes(store, now);
};
