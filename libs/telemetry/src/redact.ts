/** Takes everything secret-shaped out of a finished log line. */
export const redact = (line: string): string => line.replace(/mcp_(?:at|rt|ac)_[\w-]+|eyJ[\w.-]{10,}|gAAAA[\w-]{16,}/g, "[redacted]");
