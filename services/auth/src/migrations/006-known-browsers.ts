import type { StoreMigration } from "@mcp-auth-proxy/event-store";

/** Browsers in which the right password was given once: what others do elsewhere does not lock them out. */
export const knownBrowserTables: StoreMigration = {
  name: "006-known-browsers",
  up: [
    `create table tt_known_browsers (cookie_fingerprint text primary key, expires_at bigint not null)`,
    `create index tt_known_browsers_by_end on tt_known_browsers (expires_at)`,
  ],
};
