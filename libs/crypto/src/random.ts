import * as node from "node:crypto";

/** Bytes from the operating system's generator; the only source of randomness in the project. */
export const randomBytes = (bytes: number): Buffer => node.randomBytes(bytes);

/** `bytes` random bytes as base64url. 32 where guessing must be impossible. */
export const randomToken = (bytes: number): string => node.randomBytes(bytes).toString("base64url");

/**
 * A UUID that sorts by the millisecond it was made in (RFC 9562 section 5.7): 48 bits of `at` (epoch ms),
 * then 74 random bits. It tells when it was made, so it names things and is never a secret.
 */
export const uuidv7 = (at: number = Date.now()): string => {
  const bytes = node.randomBytes(16);
  bytes.writeUIntBE(at, 0, 6);
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
};
