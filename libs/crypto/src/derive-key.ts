import { hkdfSync } from "node:crypto";

/**
 * A key for one purpose from high-entropy input: HKDF-SHA256 (RFC 5869) with an empty salt and `context` as info.
 * Different contexts give independent keys. Never for passwords: nothing here is slow.
 */
export const deriveKey = (input: Uint8Array, context: string, length = 32): Buffer =>
  Buffer.from(hkdfSync("sha256", input, new Uint8Array(0), context, length));
