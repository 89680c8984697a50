import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Gateway } from "@mcp-auth-proxy/testing";

/**
 * Everything the gateway has recorded in its event logs, as one comparable text: a refused request must leave it as it was.
 * Opened read-only beside the running gateway.
 */
export function recordedState(gateway: Gateway): string {
  const { data } = gateway.folders;
  const files = existsSync(data) ? readdirSync(data, { recursive: true, encoding: "utf8" }) : [];
  const logs = files.sort().flatMap((file) => eventsOf(join(data, file)));
  if (logs.length === 0) throw new Error(`no event log was found in ${data}: ${files.join(", ")}`);
  return logs.join("\n");
}

function eventsOf(file: string): readonly string[] {
  if (!/\.(?:db|sqlite3?)$/.test(file)) return [];
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const isLog = database.prepare("select 1 from sqlite_master where type = 'table' and name = 'es_events'").get();
    if (isLog === undefined) return [];
    return database
      .prepare("select stream_id, stream_version, type from es_events order by stream_id, stream_version")
      .all()
      .map((row) => `${file} ${JSON.stringify(row)}`);
  } finally {
    database.close();
  }
}
