import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import { AppError } from "@mcp-auth-proxy/contracts";
import { decodeBase64Url, decodePaddedBase64Url, encodePaddedBase64Url } from "./base64.ts";
import { deriveKey } from "./derive-key.ts";
import { randomBytes } from "./random.ts";
import { Secret } from "./secret.ts";
import { undecryptable } from "./undecryptable.ts";

/** The format of the Fernet specification (github.com/fernet/spec), all lengths in bytes. */
const format = {
  version: 0x80,
  cipher: "aes-128-cbc",
  mac: "sha256",
  keyBytes: 32,
  timeAt: 1,
  ivAt: 9,
  ciphertextAt: 25,
  blockBytes: 16,
  macBytes: 32,
  maxSkewMs: 60_000,
} as const;

/** Makes a token's age count: refused when older than `ttlMs` at `now` (epoch ms), or from more than 60 s ahead. */
export interface FernetAge {
  readonly now: number;
  readonly ttlMs: number;
}

/** One Fernet key: 16 bytes sign, 16 bytes encrypt. */
export class FernetKey {
  /** Names the key in public: 48 bits derived one way, so they tell nothing about it. */
  readonly term: string;
  readonly #signing: Buffer;
  readonly #encryption: Buffer;

  private constructor(key: Buffer) {
    this.#signing = key.subarray(0, 16);
    this.#encryption = key.subarray(16);
    this.term = deriveKey(key, "mcp-auth-proxy fernet term v1", 6).toString("base64url");
  }

  /**
   * Reads 32 bytes of base64, standard or URL-safe, padded or not.
   * Throws AppError `refused`; the detail says what is wrong and never holds the key.
   */
  static parse(text: string): FernetKey {
    const key = decodeBase64Url(text.trim().replaceAll("+", "-").replaceAll("/", "_").replace(/={1,2}$/, ""));
    if (key === undefined) throw new AppError("refused", "the key is not base64");
    return FernetKey.of(Secret.of(key));
  }

  /** Throws AppError `refused` for anything but 32 bytes. */
  static of(key: Secret<Buffer>): FernetKey {
    const bytes = key.reveal();
    if (bytes.length !== format.keyBytes) {
      throw new AppError("refused", `the key has ${bytes.length} bytes instead of ${format.keyBytes}`);
    }
    return new FernetKey(bytes);
  }

  /** `at` (epoch ms) is written into the token, readable without the key. `iv` is for the specification's vectors only. */
  encrypt(plaintext: Uint8Array, at: number, iv: Uint8Array = randomBytes(format.blockBytes)): string {
    const head = Buffer.alloc(format.ivAt);
    head.writeUInt8(format.version, 0);
    head.writeBigUInt64BE(BigInt(Math.floor(at / 1000)), format.timeAt);
    const cipher = createCipheriv(format.cipher, this.#encryption, iv);
    const body = Buffer.concat([head, iv, cipher.update(plaintext), cipher.final()]);
    return encodePaddedBase64Url(Buffer.concat([body, this.#mac(body)]));
  }

  /** Throws AppError `undecryptable`, the same for every reason. The MAC is checked before anything is decrypted. */
  decrypt(token: string, age?: FernetAge): Buffer {
    const bytes = decodePaddedBase64Url(token);
    if (bytes === undefined || !wellFormed(bytes)) throw undecryptable();
    const macAt = bytes.length - format.macBytes;
    const body = bytes.subarray(0, macAt);
    if (!timingSafeEqual(this.#mac(body), bytes.subarray(macAt))) throw undecryptable();
    if (age !== undefined && !withinAge(body, age)) throw undecryptable();
    const decipher = createDecipheriv(format.cipher, this.#encryption, body.subarray(format.ivAt, format.ciphertextAt));
    try {
      return Buffer.concat([decipher.update(body.subarray(format.ciphertextAt)), decipher.final()]);
    } catch {
      throw undecryptable();
    }
  }

  #mac(body: Uint8Array): Buffer {
    return createHmac(format.mac, this.#signing).update(body).digest();
  }
}

const wellFormed = (bytes: Buffer): boolean => {
  const ciphertextBytes = bytes.length - format.ciphertextAt - format.macBytes;
  return ciphertextBytes >= format.blockBytes && ciphertextBytes % format.blockBytes === 0 && bytes[0] === format.version;
};

const withinAge = (body: Buffer, age: FernetAge): boolean => {
  const writtenAt = Number(body.readBigUInt64BE(format.timeAt)) * 1000;
  return writtenAt + age.ttlMs >= age.now && writtenAt <= age.now + format.maxSkewMs;
};
