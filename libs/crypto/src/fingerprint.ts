import { createHmac } from "node:crypto";
import type { Secret } from "./secret.ts";

/**
 * A keyed hash (HMAC-SHA256, base64url) by which a value is recognised without being kept. Without the key nobody
 * can test a guess, which a plain hash of an address or a login would allow.
 * The context's length goes first, so that ("ab", "c") and ("a", "bc") never collide.
 */
export const fingerprint = (key: Secret<Buffer>, context: string, value: string): string => {
  const label = Buffer.from(context, "utf8");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(label.length);
  return createHmac("sha256", key.reveal()).update(length).update(label).update(value, "utf8").digest("base64url");
};
