/**
 * The bytes of canonical base64url (RFC 4648 section 5), undefined for anything else. Buffer's own decoder skips what
 * it does not know and ignores stray bits, which gives one ciphertext many texts.
 */
export const decodeBase64Url = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
};

/** The same with the padding that RFC 4648 asks for by default and the Fernet specification keeps. */
export const encodePaddedBase64Url = (bytes: Uint8Array): string =>
  Buffer.from(bytes).toString("base64").replaceAll("+", "-").replaceAll("/", "_");

export const decodePaddedBase64Url = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, "base64url");
  return encodePaddedBase64Url(bytes) === text ? bytes : undefined;
};
