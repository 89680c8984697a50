const prefix = "=?base64?";
const suffix = "?=";
const canonicalBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The value that a `Mcp-Name` or `Mcp-Param-*` header stands for: as it is, or what its Base64 form holds (MCP
 * 2026-07-28, Streamable HTTP, "Value encoding"). Undefined for a value that must not be sent as it was: characters
 * outside of visible ASCII, or a form that is not the one way to write its content.
 */
export const decodeHeaderValue = (value: string): string | undefined => {
  const trimmed = value.replace(/^[ \t]+|[ \t]+$/g, "");
  if (!/^[\x20-\x7e\t]*$/.test(trimmed)) return undefined;
  if (!trimmed.startsWith(prefix) || !trimmed.endsWith(suffix) || trimmed.length < prefix.length + suffix.length) return trimmed;
  const encoded = trimmed.slice(prefix.length, -suffix.length);
  if (!canonicalBase64.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, "base64");
  // Unused bits that are not zero make a second way to write the same.
  if (bytes.toString("base64") !== encoded) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
};
