const length = (bytes: number): readonly number[] => {
  if (bytes < 0x80) return [bytes];
  return bytes < 0x100 ? [0x81, bytes] : [0x82, bytes >> 8, bytes & 0xff];
};

/** One element of the Distinguished Encoding Rules (X.690 section 8.1); `parts` together are shorter than 64 KiB. */
export const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...length(body.length)]), body]);
};

export const derSequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
export const derSet = (...parts: readonly Uint8Array[]): Buffer => der(0x31, ...parts);
export const derText = (text: string): Buffer => der(0x0c, Buffer.from(text));
export const derOctets = (...parts: readonly Uint8Array[]): Buffer => der(0x04, ...parts);
export const derTrue: Buffer = der(0x01, Buffer.from([0xff]));

/** A positive number of these bytes, the first of which is from 1 to 127. */
export const derNumber = (bytes: Uint8Array): Buffer => der(0x02, bytes);

/** Bits, of which the last `unused` of the last byte do not count. */
export const derBits = (bytes: Uint8Array, unused = 0): Buffer => der(0x03, Buffer.from([unused]), bytes);

/** An object identifier by its encoded content: those that are used here are few and fixed. */
export const derObjectId = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));

/** Whole seconds of UTC: UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5280 section 4.1.2.5). */
export const derTime = (at: number): Buffer => {
  const digits = `${new Date(at).toISOString().slice(0, 19).replaceAll(/\D/g, "")}Z`;
  return new Date(at).getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
};
