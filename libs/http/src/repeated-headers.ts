import type { IncomingMessage } from "node:http";

// Node keeps the first of these or joins them, an intermediary may keep the last: two parties would see two requests.
const single = [
  "authorization", "content-type", "content-encoding", "host", "last-event-id", "mcp-method", "mcp-name", "mcp-protocol-version", "mcp-session-id",
] as const;

/** A bit for each, by name: what was seen is one number, and most names differ in length already. */
const bits: ReadonlyMap<string, number> = new Map(single.map((name, at) => [name, 1 << at]));
const lengths: ReadonlySet<number> = new Set(single.map(({ length }) => length));

/** The first header that may come once and came twice. */
export const repeatedHeader = ({ rawHeaders }: Pick<IncomingMessage, "rawHeaders">): string | undefined => {
  let seen = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const written = rawHeaders[at] ?? "";
    if (!lengths.has(written.length)) continue;
    const name = written.toLowerCase();
    const bit = bits.get(name) ?? 0;
    if ((seen & bit) !== 0) return name;
    seen |= bit;
  }
  return undefined;
};
