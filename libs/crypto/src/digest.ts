import { hash } from "node:crypto";

/** SHA-256 as base64url. Without a key: only for values that can not be guessed, such as our own random tokens. */
export const sha256 = (value: string | Uint8Array): string => hash("sha256", value, "base64url");
