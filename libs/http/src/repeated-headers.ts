import type { IncomingMessage } from "node:http";

// Node keeps the first of these or joins them, an intermediary may keep the last: two parties would see two requests.
const single: ReadonlySet<string> = new Set([
  "authorization", "content-type", "content-encoding", "host", "last-event-id", "mcp-method", "mcp-name", "mcp-protocol-version", "mcp-session-id",
]);

/** The first header that may come once and came twice. */
export const repeatedHeader = (request: IncomingMessage): string | undefined => {
  const seen = new Set<string>();
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const name = (request.rawHeaders[at] ?? "").toLowerCase();
    if (!single.has(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
};
