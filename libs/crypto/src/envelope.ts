import { createCipheriv, createDecipheriv } from "node:crypto";
import { AppError } from "@mcp-auth-proxy/contracts";
import { decodeBase64Url } from "./base64.ts";
import { randomBytes } from "./random.ts";
import { undecryptable } from "./undecryptable.ts";

/** Every format that was ever written, by the prefix of its text; the first row is the one written now. */
const formats = {
  a1: { cipher: "aes-256-gcm", keyBytes: 32, nonceBytes: 12, tagBytes: 16 },
} as const;
const current = "a1";

const bound = (prefix: string, associatedData: string): Buffer => Buffer.from(`${prefix}.${associatedData}`, "utf8");

/**
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce, as `a1.<base64url of nonce, ciphertext, tag>`.
 * `associatedData` is not stored: who opens must say the same words, so a text moved elsewhere stays closed.
 * Random nonces allow 2^32 messages under one key; throws AppError `internal` for a key that is not 32 bytes.
 */
export const encrypt = (key: Uint8Array, plaintext: Uint8Array, associatedData: string): string => {
  const format = formats[current];
  if (key.length !== format.keyBytes) throw new AppError("internal", `an ${format.cipher} key has ${format.keyBytes} bytes`);
  const nonce = randomBytes(format.nonceBytes);
  const cipher = createCipheriv(format.cipher, key, nonce, { authTagLength: format.tagBytes });
  cipher.setAAD(bound(current, associatedData));
  const closed = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return `${current}.${closed.toString("base64url")}`;
};

/** Opens what `encrypt` closed with the same key and associated data; else throws AppError `undecryptable`. */
export const decrypt = (key: Uint8Array, text: string, associatedData: string): Buffer => {
  const format = formats[current];
  if (!text.startsWith(`${current}.`) || key.length !== format.keyBytes) throw undecryptable();
  const closed = decodeBase64Url(text.slice(current.length + 1));
  if (closed === undefined || closed.length < format.nonceBytes + format.tagBytes) throw undecryptable();
  const tagAt = closed.length - format.tagBytes;
  const decipher = createDecipheriv(format.cipher, key, closed.subarray(0, format.nonceBytes), {
    authTagLength: format.tagBytes,
  });
  decipher.setAAD(bound(current, associatedData));
  decipher.setAuthTag(closed.subarray(tagAt));
  try {
    return Buffer.concat([decipher.update(closed.subarray(format.nonceBytes, tagAt)), decipher.final()]);
  } catch {
    throw undecryptable();
  }
};
