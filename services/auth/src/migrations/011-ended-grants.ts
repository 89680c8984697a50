import type { StoreMigration } from "@mcp-auth-proxy/event-store";

/** Finds the grants that have ended, each minute, among many that have not. */
export const endedGrants: StoreMigration = {
  name: "011-ended-grants",
  up: [`create index rm_grants_by_end on rm_grants (access_tokens_end_at)`],
};
