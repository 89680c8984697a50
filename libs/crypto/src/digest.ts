import { createHash } from "node:crypto";

/** SHA-256 as base64url. Without a key: only for values that can not be guessed, such as our own random tokens. */
export const sha256 = (value: string | Uint8Array): string => createHash("sha256").update(value).digest("base64url");
