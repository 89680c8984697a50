/**
 * The bytes behind a token of ours: its prefix, then canonical base64url of exactly `length` bytes. Undefined for
 * anything else: two spellings of one token would be one token to us and two to a lookup.
 */
export const opaqueBytes = (prefix: string, length: number, text: string): Buffer | undefined => {
  if (!text.startsWith(prefix) || text.length > prefix.length + length * 2) return undefined;
  const encoded = text.slice(prefix.length);
  const bytes = Buffer.from(encoded, "base64url");
  return bytes.length === length && bytes.toString("base64url") === encoded ? bytes : undefined;
};
