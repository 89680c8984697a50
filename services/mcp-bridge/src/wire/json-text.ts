/** What most messages are made of. Found here, a text costs no string of its own; what it means is not changed by it. */
const usual = [
  "jsonrpc", "2.0", "id", "method", "params", "result", "error", "_meta", "progressToken", "requestId",
  "name", "arguments", "uri", "content", "structuredContent", "isError", "progress", "total", "message", "level", "logger", "data", "code",
  "tools/call", "tools/list", "resources/read", "prompts/get", "ping", "notifications/progress", "notifications/message", "notifications/cancelled",
] as const;

const none: readonly string[] = [];
const byLength: readonly (readonly string[])[] = Array.from({ length: 1 + Math.max(...usual.map(({ length }) => length)) }, (_, length) =>
  usual.filter((text) => text.length === length),
);

/** The text between the quotes of a JSON string that was checked to be one, decoded. */
export const textIn = (bytes: Buffer, start: number, end: number): string => {
  for (const text of byLength[end - start] ?? none) if (isAt(bytes, start, text)) return text;
  const written = bytes.toString("utf8", start, end);
  // An escaped key names the same member: `"\u0069d"` is `"id"` to every child.
  return written.includes("\\") ? String(JSON.parse(`"${written}"`)) : written;
};

const isAt = (bytes: Buffer, start: number, text: string): boolean => {
  for (let at = 0; at < text.length; at += 1) if (bytes[start + at] !== text.charCodeAt(at)) return false;
  return true;
};
