import { AppError, type Sealed, type SealingKey } from "@mcp-auth-proxy/contracts";
import {
  calculateJwkThumbprint,
  compactDecrypt,
  CompactEncrypt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CryptoKey,
  type JWK,
} from "jose";
import { Secret } from "./secret.ts";
import { undecryptable } from "./undecryptable.ts";

/** The one way a secret travels (RFC 7518 sections 4.6 and 5.3). Never read from the message. */
const algorithm = { alg: "ECDH-ES", enc: "A256GCM", crv: "P-256" } as const;
const headerNames: readonly string[] = ["alg", "enc", "kid", "epk"];

/** Opens what was sealed to its public key. */
export interface SealingKeyPair {
  readonly publicKey: SealingKey;
  /** Throws AppError `undecryptable`, the same for every reason. */
  open(sealed: Sealed): Promise<Buffer>;
  /** The private key as JWK text, for custody only. */
  exportPrivate(): Secret<string>;
}

export const createSealingKeyPair = async (): Promise<SealingKeyPair> => {
  const { privateKey } = await generateKeyPair(algorithm.alg, { crv: algorithm.crv, extractable: true });
  return pairOf(await exportJWK(privateKey));
};

/** Reads what `exportPrivate` wrote; throws AppError `undecryptable` when it is something else. */
export const importSealingKeyPair = async (privateKey: Secret<string>): Promise<SealingKeyPair> => {
  try {
    const jwk: unknown = JSON.parse(privateKey.reveal());
    if (!isPrivateKey(jwk)) throw undecryptable();
    return await pairOf(jwk);
  } catch {
    throw undecryptable();
  }
};

/** Seals for the holder of one key; nobody else, the sender included, can open it. Throws AppError `bad_request` for a key that is none. */
export const sealTo = async (publicKey: SealingKey, plaintext: Uint8Array): Promise<Sealed> => {
  const key = await importPublic(publicKey);
  return new CompactEncrypt(plaintext)
    .setProtectedHeader({ alg: algorithm.alg, enc: algorithm.enc, kid: publicKey.kid })
    .encrypt(key);
};

/** The `kid` of the key that a message says it was sealed to; undefined when it says none. Not authenticated: `open` checks. */
export const recipientOf = (sealed: Sealed): string | undefined => {
  try {
    const { kid } = decodeProtectedHeader(sealed);
    return typeof kid === "string" ? kid : undefined;
  } catch {
    return undefined;
  }
};

const importPublic = async ({ kty, crv, x, y, kid }: SealingKey): Promise<CryptoKey | Uint8Array> => {
  try {
    // A key under another key's name would make its owner look up the wrong private half.
    if ((await calculateJwkThumbprint({ kty, crv, x, y })) !== kid) throw new Error("kid is not the thumbprint");
    return await importJWK({ kty, crv, x, y }, algorithm.alg);
  } catch (cause) {
    throw new AppError("bad_request", "the sealing key is not a P-256 key with its thumbprint as kid", cause);
  }
};

const isPrivateKey = (value: unknown): value is JWK =>
  typeof value === "object" && value !== null && "crv" in value && value.crv === algorithm.crv;

const pairOf = async ({ x, y, d }: JWK): Promise<SealingKeyPair> => {
  if (x === undefined || y === undefined || d === undefined) throw undecryptable();
  const shape = { kty: "EC", crv: algorithm.crv, x, y } as const;
  const key = await importJWK({ ...shape, d }, algorithm.alg);
  const kid = await calculateJwkThumbprint(shape);
  const privateText = Secret.of(JSON.stringify({ ...shape, d }));
  return {
    publicKey: { ...shape, kid },
    open: (sealed) => open(key, kid, sealed),
    exportPrivate: () => privateText,
  };
};

const open = async (key: CryptoKey | Uint8Array, kid: string, sealed: Sealed): Promise<Buffer> => {
  try {
    const header = decodeProtectedHeader(sealed);
    // Only our own four names: no `zip` (a small message that inflates), no `crit`, no key from the message.
    if (header.kid !== kid || Object.keys(header).some((name) => !headerNames.includes(name))) throw undecryptable();
    const { plaintext } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: [algorithm.alg],
      contentEncryptionAlgorithms: [algorithm.enc],
    });
    return Buffer.from(plaintext);
  } catch {
    throw undecryptable();
  }
};
